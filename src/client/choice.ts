// What the visitor allows. An explicit choice stands in a first-party cookie that names nobody, so that the middleware reads it
// too; it beats the browser's Global Privacy Control, which beats what holds for who was not asked.
import type { Consent } from "./api.ts";

const YEAR_S = 31_536_000;

const both = (allowed: boolean): Consent => ({ analytics: allowed, personalization: allowed });

/** What was chosen here; undefined when nothing was. */
export function chosen(): Consent | undefined {
  const [, analytics, personalization] = /\bnowcast_consent=(.)(.)/.exec(document.cookie) ?? [];
  return analytics ? { analytics: analytics === "1", personalization: personalization === "1" } : undefined;
}

/** Whether the browser refuses, by Global Privacy Control. */
export function isRefusedByBrowser(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}

/** What a request says of it: what was chosen here, or that the browser refuses; undefined when neither spoke. */
export function statedChoice(): Consent | undefined {
  return chosen() ?? (isRefusedByBrowser() ? both(false) : undefined);
}

/** What holds now. @param mustAsk whether nothing is allowed before the visitor has chosen; null until then */
export function allowed(mustAsk: boolean): Consent | null {
  return statedChoice() ?? (mustAsk ? null : both(true));
}

export function choose({ analytics, personalization }: Consent): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not everywhere
  document.cookie = `nowcast_consent=${+analytics}${+personalization};path=/;max-age=${YEAR_S};samesite=lax`;
}
