// What the visitor of a request consents to, from all that the request says of it.
import { consent as defaultConsent } from "../../nowcast.config.ts";
import { type Consent, resolveConsent } from "../../src/privacy/consent.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "./context.ts";
import { CONSENT_COOKIE, readCookie } from "./visitor-cookie.ts";

export interface StatedConsent {
  readonly analytics?: boolean | undefined;
  readonly personalization?: boolean | undefined;
}

const NO_CONSENT: Consent = { analytics: false, personalization: false };

/**
 * @param stated what the caller says of it; browsers speak through the token, the choice that our script keeps in a cookie,
 *   and their own signal as well: whoever sends events from the site's pages may know nothing of a choice
 */
export function consentFor(c: EdgeContext, token: VisitorToken | null, stated: StatedConsent | undefined): Consent {
  const isBrowser = c.get("credential").kind === "public";
  return resolveConsent({
    token: token?.consent,
    context: isBrowser ? { ...chosenInBrowser(c), ...stated } : stated,
    globalPrivacyControl: isBrowser && c.req.header("sec-gpc") === "1",
    byDefault: c.get("requireConsent") ? NO_CONSENT : defaultConsent,
  });
}

/** What the visitor chose, by the cookie that the browser's script keeps: "11" is both, "10" statistics alone. */
function chosenInBrowser(c: EdgeContext): StatedConsent | undefined {
  const cookies = c.req.header("cookie");
  const choice = cookies === undefined ? null : /^([01])([01])$/.exec(readCookie(cookies, CONSENT_COOKIE) ?? "");
  return choice === null ? undefined : { analytics: choice[1] === "1", personalization: choice[2] === "1" };
}

/**
 * What a browser on the site's own host says of its visitor's choice, to be kept in their token: only a whole choice is one.
 * Elsewhere PUT /v1/users/{id}/consent keeps it.
 */
export function wholeConsent(c: EdgeContext, stated: StatedConsent | undefined): Consent | undefined {
  if (!c.env.ORIGIN || c.get("credential").kind !== "public") return undefined;
  const { analytics, personalization } = stated ?? {};
  return analytics === undefined || personalization === undefined ? undefined : { analytics, personalization };
}
