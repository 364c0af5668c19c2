// What a visitor allows, as far as a site's Worker can tell without asking.
import { cookieOf } from "../src/http/cookies.ts";
import type { CarriedToken } from "./visitor-cookie.ts";

export interface Choice {
  readonly analytics: boolean;
  readonly personalization: boolean;
}

/** In which Nowcast's script keeps what was chosen; it names nobody. */
export const CHOICE_COOKIE = "nowcast_consent";

/** What the visitor has chosen, or their browser or the site for them; null: what holds by default on Nowcast's side. */
export function choiceOf(request: Request, token: CarriedToken | null, requireConsent: boolean): Choice | null {
  const [, analytics, personalization] =
    /^([01])([01])$/.exec(cookieOf(request.headers.get("cookie"), CHOICE_COOKIE) ?? "") ?? [];
  if (analytics !== undefined) return { analytics: analytics === "1", personalization: personalization === "1" };
  if (token?.consent) return token.consent;
  const refused = requireConsent || request.headers.get("sec-gpc") === "1";
  return refused ? { analytics: false, personalization: false } : null;
}
