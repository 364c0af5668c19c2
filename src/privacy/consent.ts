// Consent is carried by the request (token, context, browser signal) and decided before any object is touched: it is
// never looked up in the object that it may forbid.

export interface Consent {
  /** Events may be kept for statistics. */
  readonly analytics: boolean;
  /** A profile may be kept and used. */
  readonly personalization: boolean;
}

export interface ConsentSignals {
  /** What the visitor chose, by the signed token. */
  readonly token?: Consent | undefined;
  /** What the caller says in `context.consent`; a field left out follows the other signals. */
  readonly context?:
    | { readonly analytics?: boolean | undefined; readonly personalization?: boolean | undefined }
    | undefined;
  /** `Sec-GPC: 1`: the browser refuses unless the visitor chose otherwise on this site. */
  readonly globalPrivacyControl: boolean;
  /** What holds for a visitor who was not asked. */
  readonly byDefault: Consent;
}

/**
 * Whether an event may be kept. An event becomes part of the profile and a row of the lake in one: that needs both.
 */
export function mayKeepEvents({ analytics, personalization }: Consent): boolean {
  return analytics && personalization;
}

/** An explicit choice beats the browser's signal, which beats the site's default. */
export function resolveConsent({ token, context, globalPrivacyControl, byDefault }: ConsentSignals): Consent {
  const basis = token ?? (globalPrivacyControl ? { analytics: false, personalization: false } : byDefault);
  return {
    analytics: context?.analytics ?? basis.analytics,
    personalization: context?.personalization ?? basis.personalization,
  };
}
