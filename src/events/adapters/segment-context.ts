// The context of a call: the page, the place, what the visitor agreed to. Nothing else of it is taken, above all not the
// address of the network and the ids of the device.
import { LIMITS } from "../limits.ts";
import { type Fields, fieldsOf, firstOf, present, textOf } from "./loose.ts";

/** Categories of consent by the names and by OneTrust's numbers of what they allow. Others say nothing here. */
const ANALYTICS = /^(analytics|performance|statistics|measurement|c0002)$/i;
const PERSONALIZATION = /^(personali[sz]ation|functional|preferences|c0003)$/i;

/** @param page what a page call itself says of the page: it comes first */
export function readContext(context: Fields, page: Fields): Record<string, unknown> | undefined {
  const around = fieldsOf(context.page);
  const location = fieldsOf(context.location);
  const campaign = fieldsOf(context.campaign);
  const url = textOf(page.url, LIMITS.urlBytes) ?? textOf(around.url, LIMITS.urlBytes);
  return present({
    url: url === undefined ? undefined : withCampaign(url, campaign),
    referrer: referrerOf(page.referrer) ?? referrerOf(around.referrer),
    userAgent: textOf(context.userAgent, LIMITS.queryBytes),
    locale: textOf(context.locale, LIMITS.nameBytes),
    timezone: textOf(context.timezone, LIMITS.nameBytes),
    country: textOf(location.country, LIMITS.nameBytes),
    city: textOf(location.city, LIMITS.nameBytes),
    campaign: present(Object.fromEntries(CAMPAIGN.map((name) => [name, textOf(campaign[name], LIMITS.nameBytes)]))),
    consent: readConsent(context.consent),
  });
}

/** Empty says that the visitor came from nowhere. */
function referrerOf(value: unknown): string | undefined {
  return value === "" ? "" : textOf(value, LIMITS.urlBytes);
}

const CAMPAIGN = ["name", "source", "medium", "term", "content"] as const;

/** The address with what it does not say of the campaign: a session's campaign is read from its first address. */
function withCampaign(url: string, campaign: Fields): string {
  const name = firstOf(campaign, ["name"], textOf);
  const said = { utm_source: textOf(campaign.source), utm_medium: textOf(campaign.medium), utm_campaign: name };
  const known = Object.entries(said).filter(([, value]) => value !== undefined) as [string, string][];
  if (known.length === 0 || !URL.canParse(url)) return url;
  const address = new URL(url);
  if ([...address.searchParams.keys()].some((key) => key.startsWith("utm_"))) return url;
  for (const [key, value] of known) address.searchParams.set(key, value);
  return textOf(address.href, LIMITS.urlBytes) === address.href ? address.href : url;
}

/** What the visitor allows, by their choice among the site's categories or in our own words. What is no clear yes is a no. */
function readConsent(stated: unknown): Record<string, boolean> | undefined {
  if (stated === undefined || stated === null) return undefined;
  if (typeof stated !== "object") return { analytics: false, personalization: false };
  const consent = fieldsOf(stated);
  const chosen = Object.entries(fieldsOf(consent.categoryPreferences));
  const answer = (own: unknown, names: RegExp): boolean | undefined => {
    const said = own === undefined ? chosen.filter(([name]) => names.test(name)).map(([, value]) => value) : [own];
    return said.length === 0 ? undefined : said.every((value) => value === true);
  };
  return present({
    analytics: answer(consent.analytics, ANALYTICS),
    personalization: answer(consent.personalization, PERSONALIZATION),
  }) as Record<string, boolean> | undefined;
}
