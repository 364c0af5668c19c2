import fc from "fast-check";
import { expect, test } from "vitest";
import { columnsOf, featureInput, NOW, sessionWith, viewWith } from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { hash32 } from "../kernels/hash.ts";
import { UNKNOWN_VISITOR } from "../profile/view.ts";
import { contextOf } from "./context.ts";
import { campaignMedium, country, device, localTime, referrer } from "./decision-context.ts";

const inSession = (change: Parameters<typeof sessionWith>[0]) => viewWith({ session: sessionWith(change) });
const NOTHING = contextOf(undefined, UNKNOWN_VISITOR);

test("what the request says comes before what the session knows", () => {
  const view = inSession({ country: hash32("DE"), device: "desktop", utcOffsetMinutes: 60 });
  expect(contextOf({}, view)).toMatchObject({ country: hash32("DE"), device: "desktop", utcOffsetMinutes: 60 });
  const said = { country: "AT", device: "Mobile", utcOffsetMinutes: 0, city: "Wien", locale: "de-AT" };
  expect(contextOf(said, view)).toMatchObject({
    country: hash32("AT"),
    city: hash32("Wien"),
    device: "mobile",
    utcOffsetMinutes: 0,
    language: hash32("de"),
  });
});

test("a device is told by its class or by the user agent", () => {
  const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)";
  expect(contextOf({ userAgent }, UNKNOWN_VISITOR).device).toBe("mobile");
  expect(contextOf({ device: "tv", userAgent }, UNKNOWN_VISITOR).device).toBe("tv");
  expect(contextOf({ device: "toaster" }, inSession({ device: "tablet" })).device).toBe("tablet");
});

test("where a visit came from is what its session says; without one, the request", () => {
  const said = { url: "https://shop.example/?utm_medium=email&utm_source=news", referrer: "https://www.google.com/" };
  expect(contextOf(said, UNKNOWN_VISITOR)).toMatchObject({
    referrer: "email",
    campaignMedium: hash32("email"),
    campaignSource: hash32("news"),
  });
  expect(contextOf(said, inSession({ referrer: "social" }))).toMatchObject({ referrer: "social", campaignMedium: 0 });
  expect(contextOf({ url: "https://shop.example/" }, UNKNOWN_VISITOR).referrer).toBe("direct");
});

test("anything at all may be said, and what does not fit counts as not said", () => {
  fc.assert(
    fc.property(fc.anything(), (stated) => {
      const context = contextOf(stated, UNKNOWN_VISITOR);
      expect(Object.keys(context)).toEqual(Object.keys(NOTHING));
    }),
  );
  const wrong = { country: 7, city: null, device: ["mobile"], url: {}, utcOffsetMinutes: "60", locale: 1 };
  expect(contextOf(wrong, UNKNOWN_VISITOR)).toEqual(NOTHING);
  for (const utcOffsetMinutes of [Number.NaN, 1e9, Number.NEGATIVE_INFINITY]) {
    expect(contextOf({ utcOffsetMinutes }, UNKNOWN_VISITOR)).toEqual(NOTHING);
  }
});

test("columns of the context are the same for every item of the list", async () => {
  const snapshot = await testSnapshot();
  const context = { country: "AT", device: "mobile", referrer: "", url: "https://a.example/?utm_medium=email" };
  const input = featureInput({ snapshot, ids: ["sku-0", "nowhere"], context });
  const one = (feature: Parameters<typeof columnsOf>[0]) => {
    const [first, second] = columnsOf(feature, input);
    expect(second).toEqual(first);
    return Object.entries(first ?? {}).flatMap(([name, value]) => (value === 1 ? name : []));
  };
  expect(one(device)).toEqual(["mobile"]);
  expect(one(referrer)).toEqual(["email"]);
  expect(one(country(["DE", "AT"]))).toEqual(["AT"]);
  expect(one(country(["DE"]))).toEqual([]);
  expect(one(campaignMedium(["email"]))).toEqual(["email"]);
});

test("local time goes round with the day and knows the weekend", async () => {
  const snapshot = await testSnapshot();
  const at = (iso: string, utcOffsetMinutes?: number) => {
    const context = utcOffsetMinutes === undefined ? {} : { utcOffsetMinutes };
    const [row] = columnsOf(localTime, featureInput({ snapshot, ids: ["sku-0"], context, now: Date.parse(iso) }));
    return Object.values(row ?? {}).map((value) => Math.round(value * 1e6) / 1e6 + 0);
  };
  expect(at("2026-11-20T06:00:00Z", 0)).toEqual([1, 1, 0, 0]);
  expect(at("2026-11-20T22:00:00Z", 120)).toEqual([1, 0, 1, 1]);
  expect(at("2026-11-22T00:00:00Z", -60)).toEqual([1, -0.258819, 0.965926, 1]);
  expect(at("2026-11-20T06:00:00Z")).toEqual([0, 0, 0, 0]);
  expect(at(new Date(NOW).toISOString(), 0)[3]).toBe(0);
});
