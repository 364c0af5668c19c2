// Whether a page's Content-Security-Policy lets our script in, and with which nonce (CSP level 3,
// https://www.w3.org/TR/CSP3/#directive-script-src-elem).

export interface ScriptPermission {
  readonly isAllowed: boolean;
  readonly nonce: string | null;
}

/**
 * @param policies of the answer's header, separated by commas; null without one
 * @param pageNonce of a script of the page: serves when the policy takes it, or stands where no header says it
 */
export function scriptPermission(policies: string | null, pageNonce: string | null): ScriptPermission {
  const sources = (policies ?? "").split(",").flatMap((policy) => {
    const found = scriptSources(policy);
    return found === null ? [] : [found];
  });
  const nonces = sources.map((list) =>
    list.flatMap((source) => /^'nonce-([A-Za-z0-9+/_=-]+)'$/i.exec(source)?.[1] ?? []),
  );
  const inHeader = nonces.find((list) => list.length > 0)?.[0];
  const nonce = inHeader ?? pageNonce;
  const isAllowed = sources.every((list, i) => {
    if (nonce !== null && nonces[i]?.includes(nonce)) return true;
    // With 'strict-dynamic' hosts count for nothing.
    if (list.some((source) => source.toLowerCase() === "'strict-dynamic'")) return false;
    return list.some((source) => /^(?:'self'|\*|https:)$/i.test(source));
  });
  return { isAllowed, nonce: nonce !== null && /^[A-Za-z0-9+/_=-]+$/.test(nonce) ? nonce : null };
}

/** The nonce that lets a style element in, by the answer's header; null where none is asked for, or none is known. */
export function styleNonce(policies: string | null): string | null {
  for (const policy of (policies ?? "").split(",")) {
    const directives = directivesOf(policy);
    const sources = directives.get("style-src-elem") ?? directives.get("style-src") ?? directives.get("default-src");
    for (const source of sources ?? []) {
      const nonce = /^'nonce-([A-Za-z0-9+/_=-]+)'$/i.exec(source)?.[1];
      if (nonce !== undefined) return nonce;
    }
  }
  return null;
}

/** The sources of scripts that a policy allows; null when it says nothing of scripts. */
function scriptSources(policy: string): string[] | null {
  const directives = directivesOf(policy);
  return directives.get("script-src-elem") ?? directives.get("script-src") ?? directives.get("default-src") ?? null;
}

function directivesOf(policy: string): Map<string, string[]> {
  const directives = new Map<string, string[]>();
  for (const directive of policy.split(";")) {
    const [name, ...values] = directive.trim().split(/\s+/);
    const key = name?.toLowerCase() ?? "";
    if (key !== "" && !directives.has(key)) directives.set(key, values);
  }
  return directives;
}
