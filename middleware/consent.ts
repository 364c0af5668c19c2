// What a visitor allows, as far as a site's Worker can tell without asking.
import type { CarriedToken } from "./visitor-cookie.ts";

export interface Choice {
  readonly analytics: boolean;
  readonly personalization: boolean;
}

/** What the visitor has chosen, or their browser or the site for them; null: what holds by default on Nowcast's side. */
export function choiceOf(request: Request, token: CarriedToken | null, requireConsent: boolean): Choice | null {
  if (token?.consent) return token.consent;
  const refused = requireConsent || request.headers.get("sec-gpc") === "1";
  return refused ? { analytics: false, personalization: false } : null;
}
