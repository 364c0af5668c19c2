// What the visitor of a request consents to, from all that the request says of it.
import { consent as defaultConsent } from "../../nowcast.config.ts";
import { type Consent, resolveConsent } from "../../src/privacy/consent.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "./context.ts";

export interface StatedConsent {
  readonly analytics?: boolean | undefined;
  readonly personalization?: boolean | undefined;
}

const NO_CONSENT: Consent = { analytics: false, personalization: false };

/** @param stated what the caller says of it; public keys speak through the token and the browser's signal as well */
export function consentFor(c: EdgeContext, token: VisitorToken | null, stated: StatedConsent | undefined): Consent {
  return resolveConsent({
    token: token?.consent,
    context: stated,
    globalPrivacyControl: c.var.credential.kind === "public" && c.req.header("sec-gpc") === "1",
    byDefault: c.var.requireConsent ? NO_CONSENT : defaultConsent,
  });
}

/**
 * What a browser on the site's own host says of its visitor's choice, to be kept in their token: only a whole choice is one.
 * Elsewhere PUT /v1/users/{id}/consent keeps it.
 */
export function wholeConsent(c: EdgeContext, stated: StatedConsent | undefined): Consent | undefined {
  if (!c.env.ORIGIN || c.var.credential.kind !== "public") return undefined;
  const { analytics, personalization } = stated ?? {};
  return analytics === undefined || personalization === undefined ? undefined : { analytics, personalization };
}
