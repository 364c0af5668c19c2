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

/** What may become of an event, by what the visitor consents to. */
export interface Handling {
  /** Whether there is an object for the visitor: a profile is kept, and decisions use it. */
  readonly profile: boolean;
  /**
   * What reaches the lake: rows that carry the visitor (`linked`), rows that tell what happened to the items and nothing
   * of whom it came from (`detached`), or nothing.
   */
  readonly lake: "linked" | "detached" | "nothing";
}

const HANDLING: Readonly<Record<`${boolean}/${boolean}`, Handling>> = {
  // analytics/personalization
  "true/true": { profile: true, lake: "linked" },
  "true/false": { profile: false, lake: "detached" },
  "false/true": { profile: true, lake: "nothing" },
  "false/false": { profile: false, lake: "nothing" },
};

export function handlingOf({ analytics, personalization }: Consent): Handling {
  return HANDLING[`${analytics}/${personalization}`];
}

/** Whether an event is refused: neither a profile nor the lake may have anything of it. */
export function isRefused({ profile, lake }: Handling): boolean {
  return !profile && lake === "nothing";
}

/** An explicit choice beats the browser's signal, which beats the site's default. */
export function resolveConsent({ token, context, globalPrivacyControl, byDefault }: ConsentSignals): Consent {
  const basis = token ?? (globalPrivacyControl ? { analytics: false, personalization: false } : byDefault);
  return {
    analytics: context?.analytics ?? basis.analytics,
    personalization: context?.personalization ?? basis.personalization,
  };
}
