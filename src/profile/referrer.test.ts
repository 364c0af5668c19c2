import { expect, test } from "vitest";
import { deviceClassOf } from "./device.ts";
import { arrivalOf } from "./referrer.ts";

const PAGE = "https://shop.example/lamps?x=1";

test.each([
  ["https://www.google.de/", "search"],
  ["https://duckduckgo.com/?q=lamp", "search"],
  ["https://www.google.evil.example/", "referral"],
  ["https://l.facebook.com/l.php", "social"],
  ["https://t.co/abc", "social"],
  ["https://box.com/", "referral"],
  ["https://chatgpt.com/", "assistant"],
  ["https://mail.google.com/mail/u/0", "email"],
  ["https://shop.example/", "internal"],
  ["https://blog.example/post", "referral"],
  ["", "direct"],
  ["http://", "unknown"],
])("a visit from %j is %s", (referrer, expected) => {
  expect(arrivalOf(PAGE, referrer).referrer).toBe(expected);
});

test.each([
  ["utm_source=google&utm_medium=cpc", "paid", "google"],
  ["utm_source=news&utm_medium=E-mail", "email", "news"],
  ["utm_source=insta&utm_medium=social", "social", "insta"],
  ["gclid=abc", "paid", undefined],
])("a campaign in the address says more than the referrer: %s", (query, expected, source) => {
  const arrival = arrivalOf(`https://shop.example/?${query}`, "https://blog.example/");
  expect(arrival.referrer).toBe(expected);
  expect(arrival.campaign?.source).toBe(source);
});

test("the landing page is the path alone, and a path will do", () => {
  expect(arrivalOf(PAGE, undefined)).toMatchObject({ landing: "/lamps", referrer: "direct" });
  expect(arrivalOf("/lamps?utm_source=a", "")).toMatchObject({ landing: "/lamps", campaign: { source: "a" } });
  expect(arrivalOf(undefined, undefined)).toEqual({ referrer: "unknown", campaign: null, landing: "" });
});

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36", "desktop"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1", "mobile"],
  ["Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36", "mobile"],
  ["Mozilla/5.0 (Linux; Android 15; Pixel Tablet) Chrome/140.0 Safari/537.36", "tablet"],
  ["Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Mobile/15E148", "tablet"],
  ["Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) TV Safari/537.36", "tv"],
  ["curl/8.5.0", "other"],
  ["", "unknown"],
])("%s is %s", (userAgent, expected) => {
  expect(deviceClassOf(userAgent)).toBe(expected);
});
