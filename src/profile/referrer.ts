// Where a session came from: the class of its first page's referrer, and the campaign that the address names (utm).
import type { Campaign, ReferrerClass } from "./profile.ts";

const HOSTS: readonly (readonly [ReferrerClass, RegExp])[] = [
  [
    "assistant",
    /(^|\.)(chatgpt\.com|chat\.openai\.com|perplexity\.ai|claude\.ai|copilot\.microsoft\.com|gemini\.google\.com)$/,
  ],
  ["email", /(^|\.)(mail\.google\.com|mail\.yahoo\.com|outlook\.(live|office)\.com|mail\.proton\.me)$/],
  [
    "search",
    /(^|\.)(google|bing|yahoo|baidu|yandex|ecosia|qwant|startpage|search\.brave)\.[a-z.]{2,6}$|(^|\.)duckduckgo\.com$/,
  ],
  [
    "social",
    /(^|\.)(facebook|instagram|twitter|x|linkedin|pinterest|reddit|tiktok|youtube|threads|weibo|vk)\.(com|net|ru)$|^(t\.co|lnkd\.in|youtu\.be)$|(^|\.)bsky\.app$/,
  ],
];

const PAID = /^(cpc|ppc|cpm|cpv|cpa|paid.*|display|banner|retargeting)$/i;
const TEXT = 48;

export interface Arrival {
  readonly referrer: ReferrerClass;
  readonly campaign: Campaign | null;
  /** Path of the page, at most 128 characters. */
  readonly landing: string;
}

/** @param url of the page; @param referrer "" for a visit that came from nowhere; undefined when nothing is known */
export function arrivalOf(url: string | undefined, referrer: string | undefined): Arrival {
  const page = url === undefined ? null : parse(url);
  const campaign = page === null ? null : campaignOf(page);
  return {
    referrer: classOf(page, referrer, campaign),
    campaign,
    landing: page === null ? "" : page.pathname.slice(0, 128).toWellFormed(),
  };
}

function classOf(page: URL | null, referrer: string | undefined, campaign: Campaign | null): ReferrerClass {
  if (campaign !== null) {
    if (PAID.test(campaign.medium)) return "paid";
    if (/^e-?mail$/i.test(campaign.medium)) return "email";
    if (/^social/i.test(campaign.medium)) return "social";
  }
  if (page !== null && ["gclid", "msclkid", "dclid"].some((name) => page.searchParams.has(name))) return "paid";
  if (referrer === undefined) return page === null ? "unknown" : "direct";
  if (referrer === "") return "direct";
  const from = parse(referrer);
  if (from === null) return "unknown";
  if (page !== null && from.hostname === page.hostname) return "internal";
  return HOSTS.find(([, hosts]) => hosts.test(from.hostname))?.[0] ?? "referral";
}

function campaignOf({ searchParams }: URL): Campaign | null {
  const text = (name: string): string => (searchParams.get(name) ?? "").slice(0, TEXT).toWellFormed();
  const campaign = { source: text("utm_source"), medium: text("utm_medium"), name: text("utm_campaign") };
  return campaign.source || campaign.medium || campaign.name ? campaign : null;
}

/** A path alone is a page of some host. */
function parse(url: string): URL | null {
  try {
    return new URL(url, "https://site.invalid");
  } catch {
    return null;
  }
}
