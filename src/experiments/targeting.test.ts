import { describe, expect, test } from "vitest";
import { type Audience, inAudience, type Verdict } from "./targeting.ts";
import { preferredLanguage, type RequestFacts, visitorFacts } from "./visitor-facts.ts";

const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148";
const NOW = Date.UTC(2026, 11, 24);

function verdict(
  audience: Audience,
  more: Partial<RequestFacts> & { href?: string; sent?: HeadersInit } = {},
): Verdict {
  const { href = "https://shop.example/p/lamp?utm_source=News&ref=", sent = {}, ...facts } = more;
  const url = new URL(href);
  const headers = new Headers({ "user-agent": PHONE, "accept-language": "de-AT,de;q=0.9,en;q=0.8" });
  new Headers(sent).forEach((value, name) => {
    headers.set(name, value);
  });
  const place = { country: "AT", region: "Vienna", regionCode: "9", city: "Wien", timezone: "Europe/Vienna" };
  const known = visitorFacts({ url, path: url.pathname, headers, place, isNew: false, now: NOW, ...facts });
  return inAudience(audience, known, (pattern, path) => pattern === path);
}

describe("each condition", () => {
  test.each<[Audience, Audience]>([
    [{ country: ["DE", "AT"] }, { country: ["DE"] }],
    [{ region: ["vienna"] }, { region: ["Tyrol"] }],
    [{ region: ["9"] }, { region: ["8"] }],
    [{ city: ["WIEN"] }, { city: ["Graz"] }],
    [{ timezone: ["Europe/Vienna"] }, { timezone: ["Europe/Berlin"] }],
    [{ device: ["mobile", "tablet"] }, { device: ["desktop"] }],
    [{ language: ["de"] }, { language: ["en"] }],
    [{ language: ["de-at"] }, { language: ["d"] }],
    [{ path: ["/p/lamp"] }, { path: ["/p"] }],
    [{ query: { utm_source: ["news"] } }, { query: { utm_source: ["ads"] } }],
    [{ query: { ref: true } }, { query: { gclid: true } }],
    [{ query: { ref: true, utm_source: ["news"] } }, { query: { ref: ["x"] } }],
    [{ utm: { source: ["news", "ads"] } }, { utm: { source: ["news"], medium: ["mail"] } }],
    [{ referrer: ["direct"] }, { referrer: ["example.com"] }],
    [{ visitor: "returning" }, { visitor: "new" }],
    [{ from: NOW, until: NOW + 1 }, { from: NOW + 1 }],
    [{ until: NOW + 1 }, { until: NOW }],
    [{}, { country: ["AT"], device: ["tv"] }],
    [{ any: [{ country: ["DE"] }, { city: ["Wien"] }] }, { any: [{ country: ["DE"] }, { city: ["Graz"] }] }],
    [{ not: { country: ["DE"] } }, { not: { country: ["AT"] } }],
    [
      { country: ["AT"], any: [{ device: ["mobile"] }] },
      { country: ["DE"], any: [{ device: ["mobile"] }] },
    ],
  ])("%j holds, %j does not", (holding, other) => {
    expect(verdict(holding)).toBe(true);
    expect(verdict(other)).toBe(false);
  });
});

test("a referrer is its host or one above, the site itself none", () => {
  const from = (referer: string) => verdict({ referrer: ["example.com"] }, { sent: { referer } });
  expect(from("https://example.com/x")).toBe(true);
  expect(from("https://news.example.com/x")).toBe(true);
  expect(from("https://notexample.com/")).toBe(false);
  expect(from("https://example.com.evil.org/")).toBe(false);
  expect(from("no url")).toBe(false);
  for (const referrer of ["direct", "shop.example"]) {
    expect(verdict({ referrer: [referrer] }, { sent: { referer: "https://shop.example/" } })).toBe(false);
  }
});

test("what is not known is no value that anybody could ask for", () => {
  const unknown = { place: {}, sent: { "accept-language": "", "user-agent": "" } };
  const audiences: Audience[] = [{ country: [""] }, { region: [""] }, { city: [""] }, { language: [""] }];
  for (const audience of audiences) expect(verdict(audience, unknown)).toBe(false);
  expect(verdict({ device: ["unknown"] }, unknown)).toBe(true);
});

describe("before the profile has answered", () => {
  const rich: Audience = { segments: ["big_spender"] };

  test("segments and intents leave the matter open", () => {
    expect(verdict(rich)).toBeNull();
    expect(verdict({ intents: ["comparing"] })).toBeNull();
    expect(verdict({ not: rich })).toBeNull();
    expect(verdict({ any: [rich, { country: ["DE"] }] })).toBeNull();
  });

  test("what is known decides where it can", () => {
    expect(verdict({ ...rich, country: ["DE"] })).toBe(false);
    expect(verdict({ any: [rich, { country: ["AT"] }] })).toBe(true);
    expect(verdict({ not: { ...rich, country: ["DE"] } })).toBe(true);
    expect(verdict({ visitor: "new" }, { isNew: null })).toBeNull();
  });

  test("and afterwards they decide", () => {
    const facts = { segments: ["returning", "big_spender"], intents: [] };
    expect(verdict(rich, facts)).toBe(true);
    expect(verdict({ not: rich }, facts)).toBe(false);
    expect(verdict({ intents: ["comparing"] }, facts)).toBe(false);
  });
});

test.each([
  ["en;q=0.8, de-AT, de;q=0.9", "de-AT"],
  ["fr;q=0.5,en;q=0.5", "fr"],
  ["*", ""],
  ["", ""],
  ["de;q=0", ""],
  ["de;q=x, en;q=0.1", "en"],
  ["de;q=7, en", "en"],
  ["<script>, nl", "nl"],
  [`${",".repeat(100_000)}de`, ""],
])("of Accept-Language %j the browser prefers %j", (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});
