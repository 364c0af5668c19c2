// What no schema looks at: how deep free-form parts nest, and whether every text in them is well-formed Unicode. Deeper
// input would overflow whatever walks it later; half a surrogate pair is lost or refused wherever text becomes bytes.

export interface StructureProblem {
  readonly code: "too_deep" | "ill_formed";
  /** Where, from the root of the input. */
  readonly path: readonly string[];
}

/**
 * Whether every text in the JSON `text` is well-formed for sure: it is itself, as what was decoded from UTF-8 always is, and
 * it escapes no surrogate. Looking at the whole once is several times faster than looking at every key and value.
 */
export function isSurelyWellFormed(text: string): boolean {
  return !/\\u[dD][89a-fA-F]/.test(text);
}

/** @param levels of nesting that are allowed below `input`; @param wellFormed whether its texts are, for sure */
export function structureProblem(input: unknown, levels: number, wellFormed = false): StructureProblem | null {
  if (typeof input === "string") {
    return wellFormed || input.isWellFormed() ? null : { code: "ill_formed", path: [] };
  }
  if (typeof input !== "object" || input === null) return null;
  for (const key in input) {
    if (levels === 0) return { code: "too_deep", path: [] };
    const value = (input as Record<string, unknown>)[key];
    if (wellFormed && typeof value !== "object") continue;
    if (!wellFormed && !key.isWellFormed()) return { code: "ill_formed", path: [key.toWellFormed()] };
    const problem = structureProblem(value, levels - 1, wellFormed);
    if (problem !== null) return { ...problem, path: [key, ...problem.path] };
  }
  return null;
}
