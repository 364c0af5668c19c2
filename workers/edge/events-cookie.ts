// The cookie after events: it carries what the visitor has just touched, so that their next page knows it even where their object
// is slow, far or dead.

import { handlingOf } from "../../src/privacy/consent.ts";
import type { Visitor } from "../../src/privacy/names.ts";
import { carriedOver, type VisitorToken } from "../../src/privacy/visitor-token.ts";
import { digestWith } from "../../src/profile/digest.ts";
import { touchKindOf } from "../../src/profile/fact.ts";
import { consentFor, type StatedConsent, wholeConsent } from "./consent.ts";
import type { EdgeContext } from "./context.ts";
import { firstPartyCookie, isDue } from "./visitor-cookie.ts";

/**
 * A Set-Cookie header for a browser on the site's own host; null where the cookie is right as it is, or none may be set.
 * @param raw events as they came, of which something was kept; @param visitor of the token, or minted for this request
 */
export async function cookieAfter(
  c: EdgeContext,
  raw: readonly unknown[],
  token: VisitorToken | null,
  visitor: Visitor,
): Promise<string | null> {
  if (!c.env.ORIGIN || c.get("credential").kind !== "public") return null;
  const stated = statedIn(raw);
  if (!handlingOf(consentFor(c, token, stated)).profile) return null;
  const now = Date.now();
  const digest = digestWith(token?.digest ?? null, raw.flatMap(touchedBy), now);
  const consent = token?.consent ?? wholeConsent(c, stated);
  const isSame = token !== null && digest === (token.digest ?? null) && consent === token.consent;
  if (isSame && !isDue(token, now)) return null;
  const { site } = c.get("credential");
  const kept = { ...carriedOver(token, visitor), ...(consent ? { consent } : {}), ...(digest ? { digest } : {}) };
  return firstPartyCookie(c, { site, visitor, ...kept });
}

/** Ids of the items that an event touches, the last one last. */
function touchedBy(event: unknown): string[] {
  if (typeof event !== "object" || event === null) return [];
  const { type, items } = event as { readonly type?: unknown; readonly items?: unknown };
  if (typeof type !== "string" || touchKindOf(type) === undefined || !Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const id = typeof item === "object" && item !== null ? (item as { readonly id?: unknown }).id : undefined;
    return typeof id === "string" && id !== "" && id.isWellFormed() ? [id] : [];
  });
}

/** What the last event says of consent. */
function statedIn(raw: readonly unknown[]): StatedConsent | undefined {
  const { context } = (raw.at(-1) ?? {}) as { readonly context?: { readonly consent?: Record<string, unknown> } };
  const { analytics, personalization } = context?.consent ?? {};
  return {
    ...(typeof analytics === "boolean" ? { analytics } : {}),
    ...(typeof personalization === "boolean" ? { personalization } : {}),
  };
}
