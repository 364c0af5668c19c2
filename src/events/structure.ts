// What no schema looks at: how deep free-form parts nest, and whether every text in them is well-formed Unicode. Deeper
// input would overflow whatever walks it later; half a surrogate pair is lost or refused wherever text becomes bytes.

export interface StructureProblem {
  readonly code: "too_deep" | "ill_formed";
  /** Where, from the root of the input. */
  readonly path: readonly string[];
}

/** @param levels of nesting that are allowed below `input` */
export function structureProblem(input: unknown, levels: number): StructureProblem | null {
  if (typeof input === "string") return input.isWellFormed() ? null : { code: "ill_formed", path: [] };
  if (typeof input !== "object" || input === null) return null;
  for (const key in input) {
    if (levels === 0) return { code: "too_deep", path: [] };
    if (!key.isWellFormed()) return { code: "ill_formed", path: [key.toWellFormed()] };
    const problem = structureProblem((input as Record<string, unknown>)[key], levels - 1);
    if (problem !== null) return { ...problem, path: [key, ...problem.path] };
  }
  return null;
}
