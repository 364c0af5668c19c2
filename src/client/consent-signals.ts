// What platforms for consent say, as a choice. Pure functions; docs/browser-sdk.md has the mapping.
//   Google Consent Mode: https://developers.google.com/tag-platform/security/guides/consent
//   IAB Transparency & Consent Framework 2: https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework
import type { Consent } from "./api.ts";

type Signals = Readonly<Record<string, unknown>>;

/** Calls `gtag('consent', …)` until now. */
export interface ConsentMode {
  /** What the last ones said of each kind of storage. */
  readonly signals: Signals;
  /** Whether a visitor has chosen: defaults are what holds before. */
  readonly isChosen: boolean;
  /** Whether what holds by default depends on the region, which is not known here. */
  readonly isRegional: boolean;
}

export const NO_CONSENT_MODE: ConsentMode = { signals: {}, isChosen: false, isRegional: false };

/** @param command `default` or `update`; any other changes nothing */
export function afterConsentCommand(mode: ConsentMode, command: unknown, parameters: unknown): ConsentMode {
  if (typeof parameters !== "object" || parameters === null) return mode;
  const signals = { ...mode.signals, ...parameters };
  if (command === "update") return { ...mode, signals, isChosen: true };
  if (command !== "default") return mode;
  return "region" in parameters ? { ...mode, isRegional: true } : { ...mode, signals };
}

/**
 * The choice, undefined while there is none: what holds by default counts where it allows, everywhere, and the browser does not
 * refuse.
 * @param personalization the kind of storage that stands for it
 */
export function choiceOfConsentMode(
  { signals, isChosen, isRegional }: ConsentMode,
  personalization: string,
  isRefusedByBrowser: boolean,
): Consent | undefined {
  const choice = {
    analytics: signals.analytics_storage === "granted",
    personalization: signals[personalization] === "granted",
  };
  const counts = isChosen || ((choice.analytics || choice.personalization) && !isRegional && !isRefusedByBrowser);
  return counts ? choice : undefined;
}

/** The part of TCData that is read here. */
export interface TcData {
  readonly gdprApplies?: boolean;
  readonly eventStatus?: string;
  readonly purpose?: { readonly consents?: Readonly<Record<number, boolean>> };
}

/** To store and read on the device. */
const STORE = 1;
/** To make a profile for personalized content, and to choose content by it. */
const PERSONALIZE = [5, 6];
/** To measure how content performs. */
const MEASURE = 8;

/** The choice, undefined while the visitor is being asked; where the law does not apply, all that the browser does not refuse. */
export function choiceOfTcf(data: TcData, isRefusedByBrowser: boolean): Consent | undefined {
  if (data.gdprApplies === false) return isRefusedByBrowser ? undefined : { analytics: true, personalization: true };
  if (data.eventStatus !== "tcloaded" && data.eventStatus !== "useractioncomplete") return undefined;
  const agreed = (purpose: number): boolean => data.purpose?.consents?.[purpose] === true;
  return {
    analytics: agreed(STORE) && agreed(MEASURE),
    personalization: agreed(STORE) && PERSONALIZE.every(agreed),
  };
}
