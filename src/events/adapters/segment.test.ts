import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Unreadable, validateEvents } from "../validate.ts";
import { CALL_TYPES, readCall, readCalls, SEGMENT_LIMITS, type SegmentOptions } from "./segment.ts";

const RECEIVED_AT = Date.parse("2026-11-23T10:00:00Z");
const OPTIONS: SegmentOptions = {
  receivedAt: RECEIVED_AT,
  productIds: ["product_id", "sku", "id"],
  newId: () => "new-id",
};

/** The event that the ingestion makes of a call. */
function eventOf(call: object, type: string, options: Partial<SegmentOptions> = {}): Record<string, unknown> {
  const reading = readCall({ messageId: "m1", anonymousId: "a1", ...call }, type, { ...OPTIONS, ...options });
  const { good, bad } = validateEvents([reading], { receivedAt: RECEIVED_AT });
  expect(bad).toEqual([]);
  return good[0]?.event as unknown as Record<string, unknown>;
}

const track = (event: string, properties: object = {}, call: object = {}) =>
  eventOf({ event, properties, ...call }, "track");

/** The product of the spec's examples. */
const CONES = {
  product_id: "507f1f77bcf86cd799439011",
  sku: "G-32",
  category: "Games",
  name: "Monopoly: 3rd Edition",
  brand: "Hasbro",
  variant: "200 pieces",
  price: 18.99,
  quantity: 1,
  coupon: "MAYDEALS",
  url: "https://shop.example/product/path",
  image_url: "https://shop.example/product/path.jpg",
};

describe("events of the e-commerce spec", () => {
  test.each([
    ["Products Searched", "search"],
    ["Product List Viewed", "view_item_list"],
    ["Product List Filtered", "view_item_list"],
    ["Product Clicked", "select_item"],
    ["Product Viewed", "view_item"],
    ["Product Added", "add_to_cart"],
    ["Product Removed", "remove_from_cart"],
    ["Cart Viewed", "view_cart"],
    ["Checkout Started", "begin_checkout"],
    ["Payment Info Entered", "add_payment_info"],
    ["Order Completed", "purchase"],
    ["Order Refunded", "refund"],
    ["Promotion Viewed", "view_promotion"],
    ["Promotion Clicked", "select_promotion"],
    ["Product Added to Wishlist", "add_to_wishlist"],
    ["Wishlist Product Added to Cart", "add_to_cart"],
    ["Product Shared", "share"],
    ["Signed Up", "sign_up"],
    ["Signed In", "login"],
    // However they are spelled, and by their names of before.
    ["product viewed", "view_item"],
    ["PRODUCT VIEWED", "view_item"],
    ["ProductViewed", "view_item"],
    ["product_viewed", "view_item"],
    ["Viewed Product", "view_item"],
    ["Completed Order", "purchase"],
    // Names of GA4 are what they say.
    ["add_to_cart", "add_to_cart"],
    // Anything else is a custom event.
    ["Order Cancelled", "order_cancelled"],
    ["Coupon Applied", "coupon_applied"],
    ["Video Playback Started", "video_playback_started"],
    ["Añadido a la lista", "anadido_a_la_lista"],
    ["  -- Trial  Ended!", "trial_ended"],
  ])("%s is %s", (name, type) => {
    expect(track(name).type).toBe(type);
  });

  test("a custom name that is too long or has no Latin letter stays a name of its own", () => {
    const long = "The quick brown fox jumped over the lazy dog and was gone";
    const types = [long, `${long}!`, "Товар просмотрен", "商品已浏览"].map((name) => track(name).type);

    expect(new Set(types).size).toBe(4);
    expect(types).toEqual([long, `${long}!`, "Товар просмотрен", "商品已浏览"].map((name) => track(name).type));
    expect(types[0]).toMatch(/^the_quick_brown_fox_jumped_over_[0-9a-f]{8}$/);
  });

  test("an event about one product has it as its item, and keeps what is not the product's", () => {
    expect(track("Product Added", { ...CONES, cart_id: "skdjsidjsdkdj29j", position: 3, currency: "usd" })).toEqual({
      id: "m1",
      ts: RECEIVED_AT,
      anonymousId: "a1",
      type: "add_to_cart",
      items: [
        {
          id: "507f1f77bcf86cd799439011",
          sku: "G-32",
          name: "Monopoly: 3rd Edition",
          variant: "200 pieces",
          category: "Games",
          brand: "Hasbro",
          price: 18.99,
          quantity: 1,
          coupon: "MAYDEALS",
          url: CONES.url,
          image_url: CONES.image_url,
        },
      ],
      position: 2,
      currency: "USD",
      properties: { cart_id: "skdjsidjsdkdj29j" },
    });
  });

  test("an order is worth its revenue, without shipping and taxes", () => {
    const order = {
      checkout_id: "fksdjfsdjfisjf9sdfjsd9f",
      order_id: "50314b8e9bcf000000000000",
      total: 27.5,
      revenue: 25,
      shipping: 3,
      tax: 2,
      coupon: "hasbros",
      currency: "USD",
      products: [CONES, { ...CONES, product_id: "505bd76785ebb509fc183733", price: "3", quantity: "2" }],
    };

    expect(track("Order Completed", order)).toMatchObject({
      type: "purchase",
      orderId: "50314b8e9bcf000000000000",
      value: 25,
      currency: "USD",
      items: [
        { id: "507f1f77bcf86cd799439011", price: 18.99, quantity: 1 },
        { id: "505bd76785ebb509fc183733", price: 3, quantity: 2, name: "Monopoly: 3rd Edition" },
      ],
      properties: { checkout_id: "fksdjfsdjfisjf9sdfjsd9f", coupon: "hasbros", shipping: 3, tax: 2, total: 27.5 },
    });
    expect(track("Order Completed", { total: 27.5, order_id: 17 })).toMatchObject({ value: 27.5, orderId: "17" });
    expect(track("Checkout Started", { ...order, value: 20 })).toMatchObject({ type: "begin_checkout", value: 20 });
    expect(track("Order Refunded", { order_id: "o1", total: 30 })).toMatchObject({ type: "refund", value: 30 });
  });

  test("a list is in the order of its positions, which count from 1 there and from 0 here", () => {
    const products = [
      { product_id: "b", position: 6 },
      { product_id: "a", position: 5 },
    ];

    expect(track("Product List Viewed", { list_id: "hot_deals_1", category: "Deals", products })).toMatchObject({
      type: "view_item_list",
      items: [{ id: "a" }, { id: "b" }],
      position: 4,
      placement: "hot_deals_1",
      properties: { category: "Deals" },
    });
    const unplaced = [{ product_id: "b" }, { product_id: "a", position: 1 }];
    expect(track("Product List Viewed", { products: unplaced }).items).toMatchObject([{ id: "b" }, { id: "a" }]);
  });

  test("a click leads to the list of that id that the same visitor saw, and to nobody else's", () => {
    const list = track("Product List Viewed", { list_id: "deals", products: [CONES] });
    const click = track("Product Clicked", { list_id: "deals", ...CONES });
    const other = track("Product Clicked", { list_id: "deals", ...CONES }, { anonymousId: "a2" });
    const elsewhere = track("Product Clicked", { list_id: "new", ...CONES });

    expect(list.decisionId).toMatch(/^list:[0-9a-f]{32}$/);
    expect(click.decisionId).toBe(list.decisionId);
    expect(new Set([list, other, elsewhere].map(({ decisionId }) => decisionId)).size).toBe(3);
    expect(track("Product Clicked", { decision_id: "v1.receipt", list_id: "deals", ...CONES })).toMatchObject({
      decisionId: "v1.receipt",
      placement: "deals",
    });
  });

  test("a search has its query", () => {
    expect(track("Products Searched", { query: "blue hotpants" })).toMatchObject({
      type: "search",
      query: "blue hotpants",
    });
    expect(track("Cart Viewed", { query: "not a search" })).not.toHaveProperty("query");
  });

  test("a product is known by the fields that the site names, in their order", () => {
    const bySku = (properties: object) =>
      eventOf({ event: "Product Viewed", properties }, "track", { productIds: ["sku", "product_id"] }).items;

    expect(bySku(CONES)).toMatchObject([{ id: "G-32", product_id: CONES.product_id }]);
    expect(bySku({ product_id: 17 })).toMatchObject([{ id: "17" }]);
    expect(track("Product Viewed", { id: "not a product" })).not.toHaveProperty("items");
    expect(track("Order Completed", { products: [{ id: "p1" }, { name: "nameless" }, 3, null] }).items).toEqual([
      { id: "p1" },
    ]);
  });

  test("more products than an event may have are counted, not kept", () => {
    const products = Array.from({ length: 120 }, (_, i) => ({ product_id: `p${i}` }));

    const event = track("Order Completed", { products, revenue: 1200 });

    expect(event.items).toHaveLength(100);
    expect(event).toMatchObject({ value: 1200, properties: { products_left_out: 20 } });
  });

  test("what does not fit a field is left out or cut, and the event is kept", () => {
    const event = track("Product Added", {
      ...CONES,
      price: -3,
      quantity: "many",
      category: "ä".repeat(100),
      currency: "dollars",
      position: 1.5,
      order_id: "x".repeat(200),
      value: Number.POSITIVE_INFINITY,
    });

    expect(event.items).toMatchObject([{ id: CONES.product_id, category: "ä".repeat(64) }]);
    expect((event.items as object[])[0]).not.toHaveProperty("price");
    expect(event).not.toHaveProperty("currency");
    expect(event).not.toHaveProperty("position");
    expect(event).not.toHaveProperty("value");
    expect(event.orderId).toMatch(/^[0-9a-f]{32}$/);
    expect(event.properties).toMatchObject({ currency: "dollars", position: 1.5 });
  });
});

describe("other calls", () => {
  test("a page is a page_view of its address", () => {
    const properties = { url: "https://shop.example/a", referrer: "", title: "A", path: "/a", search: "" };
    const context = { page: { url: "https://shop.example/before", referrer: "https://shop.example/" } };

    expect(eventOf({ name: "Home", category: "Shop", properties, context }, "page")).toMatchObject({
      type: "page_view",
      context: { url: "https://shop.example/a", referrer: "" },
      properties: { name: "Home", category: "Shop", title: "A" },
    });
    expect(eventOf({ context }, "page").context).toEqual({
      url: "https://shop.example/before",
      referrer: "https://shop.example/",
    });
  });

  test("a screen is a screen_view", () => {
    expect(eventOf({ name: "Cart", properties: { variation: "blue" } }, "screen")).toMatchObject({
      type: "screen_view",
      properties: { name: "Cart", variation: "blue" },
    });
  });

  test("identify and group have their traits as properties", () => {
    const traits = { plan: "pro", logins: 5 };

    expect(eventOf({ userId: "u1", traits }, "identify")).toMatchObject({
      type: "identify",
      userId: "u1",
      anonymousId: "a1",
      properties: traits,
    });
    expect(eventOf({ userId: "u1", context: { traits } }, "identify")).toMatchObject({ properties: traits });
    expect(eventOf({ groupId: "g1", traits: { name: "Initech" } }, "group")).toMatchObject({
      type: "group",
      properties: { groupId: "g1", name: "Initech" },
    });
  });

  test("an alias names the anonymous visitor that the user was", () => {
    const alias = { anonymousId: undefined, previousId: "before", userId: "u1" };

    expect(eventOf(alias, "alias")).toMatchObject({ type: "alias", anonymousId: "before", userId: "u1" });
    expect(eventOf({ ...alias, anonymousId: "a1" }, "alias")).toMatchObject({ anonymousId: "a1", userId: "u1" });
  });

  test("ids may be numbers; null and empty ones are none", () => {
    expect(eventOf({ userId: 17 }, "identify")).toMatchObject({ userId: "17" });
    expect(eventOf({ userId: null }, "identify")).not.toHaveProperty("userId");
    expect(eventOf({ userId: "" }, "identify")).not.toHaveProperty("userId");
  });
});

describe("the context", () => {
  const contextOf = (context: unknown) => eventOf({ context }, "identify").context;

  test("has what we know, and neither addresses of the network nor ids of a device", () => {
    const context = {
      ip: "203.0.113.7",
      device: { id: "B5372DB0-C21E-11E4-8DFC-AA07A5B093DB", advertisingId: "7A3CBEA0", model: "iPhone7,2" },
      library: { name: "analytics.js", version: "next-1.84.3" },
      network: { bluetooth: false },
      locale: "en-GB",
      timezone: "Europe/Amsterdam",
      userAgent: "Mozilla/5.0",
      location: { city: "San Francisco", country: "United States", latitude: 40.2964197 },
      campaign: { name: "TPS", source: "Newsletter", medium: "email", other: "x" },
      page: { url: "https://shop.example/a?b=c", referrer: "https://search.example/", title: "A" },
    };

    expect(contextOf(context)).toEqual({
      url: "https://shop.example/a?b=c&utm_source=Newsletter&utm_medium=email&utm_campaign=TPS",
      referrer: "https://search.example/",
      userAgent: "Mozilla/5.0",
      locale: "en-GB",
      timezone: "Europe/Amsterdam",
      country: "United States",
      city: "San Francisco",
      campaign: { name: "TPS", source: "Newsletter", medium: "email" },
    });
  });

  test("an address that names a campaign itself stays as it is, one that is none, too", () => {
    const campaign = { name: "other" };
    for (const url of ["https://shop.example/?utm_source=x", "/relative", "app://home home"]) {
      expect(contextOf({ campaign, page: { url } })).toMatchObject({ url });
    }
  });

  test("texts are cut to what an event may have, never within a character", () => {
    const url = `https://shop.example/${"😀".repeat(2000)}`;

    const read = (contextOf({ page: { url } }) as { url: string }).url;

    expect(url.startsWith(read)).toBe(true);
    expect(new TextEncoder().encode(read).length).toBeGreaterThan(4096 - 4);
  });

  test.each([
    [
      { categoryPreferences: { Analytics: true, Advertising: false, Functional: false } },
      { analytics: true, personalization: false },
    ],
    [{ categoryPreferences: { C0002: false, C0003: true } }, { analytics: false, personalization: true }],
    [{ categoryPreferences: { Personalisation: true } }, { personalization: true }],
    [{ categoryPreferences: { Analytics: true, Performance: false } }, { analytics: false }],
    [{ categoryPreferences: { Analytics: "granted" } }, { analytics: false }],
    [
      { analytics: true, personalization: false },
      { analytics: true, personalization: false },
    ],
    ["no", { analytics: false, personalization: false }],
  ])("%j allows %j", (consent, expected) => {
    expect(contextOf({ consent })).toEqual({ consent: expected });
  });

  test("categories that say nothing of us leave the consent to the other signals", () => {
    expect(contextOf({ consent: { categoryPreferences: { Advertising: false } } })).toBeUndefined();
    expect(contextOf({ consent: null })).toBeUndefined();
  });
});

describe("the id", () => {
  test("is the messageId, shortened to the same when it is too long or has control characters", () => {
    const idOf = (messageId: unknown) => eventOf({ messageId }, "identify").id;
    const long = `node-next-${"1".repeat(90)}`;

    expect(idOf("ajs-next-1668208232027-743be593")).toBe("ajs-next-1668208232027-743be593");
    expect(idOf(long)).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf(long)).toBe(idOf(long));
    expect(idOf(`${long}2`)).not.toBe(idOf(long));
    expect(idOf("a\nb")).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf(17)).toBe("17");
    expect(idOf(undefined)).toBe("new-id");
  });
});

describe("the time", () => {
  const at = (text: string) => Date.parse(`2026-11-23T${text}Z`);
  const timeOf = (call: object, options: Partial<SegmentOptions> = {}) => eventOf(call, "identify", options).ts;

  test("is that of the receipt less what passed before the sending", () => {
    // The client's clock is a day ahead; it sent the event 3 s after it had happened.
    const call = { timestamp: "2026-11-24T10:00:00.000Z", sentAt: "2026-11-24T10:00:03.000Z" };

    expect(timeOf(call)).toBe(at("09:59:57"));
    expect(timeOf({ timestamp: call.timestamp }, { sentAt: call.sentAt })).toBe(at("09:59:57"));
    expect(timeOf({ originalTimestamp: call.timestamp, timestamp: "2020-01-01", sentAt: call.sentAt })).toBe(
      at("09:59:57"),
    );
  });

  test("is what the client says when it does not say when it sent it", () => {
    expect(timeOf({ timestamp: "2026-11-23T08:00:00.000Z" })).toBe(at("08:00:00"));
    expect(timeOf({ timestamp: at("08:00:00") })).toBe(at("08:00:00"));
  });

  test.each([
    ["a day ahead", { timestamp: "2026-11-24T10:00:00Z" }],
    ["before 2000", { timestamp: "1970-01-01T00:00:03Z" }],
    ["no time at all", { timestamp: "yesterday" }],
    ["left out", {}],
    ["sent before it happened", { timestamp: "2026-11-23T10:00:00Z", sentAt: "2026-11-23T08:00:00Z" }],
  ])("is that of the receipt when it is %s", (_, call) => {
    expect(timeOf(call)).toBe(RECEIVED_AT);
  });
});

describe("a batch", () => {
  const good = { type: "track", event: "Product Viewed", anonymousId: "a1", messageId: "m1", properties: CONES };

  test("tells each call that cannot be read, and reads the others", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(40)}1${"}".repeat(40)}`) as object;
    const calls = [
      good,
      null,
      { ...good, messageId: "m2", type: "purchase" },
      { ...good, messageId: "m3", event: "" },
      { ...good, messageId: "m4", properties: deep },
      { ...good, messageId: "m5", properties: { ...CONES, blurb: "x".repeat(33_000) } },
    ];

    const readings = readCalls(calls, OPTIONS);

    const { good: read, bad } = validateEvents(readings, { receivedAt: RECEIVED_AT });
    expect(read.map(({ index }) => index)).toEqual([0]);
    expect(bad.map(({ id, code, message }) => [id, code, message])).toEqual([
      [null, "invalid_event", "a call must be an object (got null)"],
      ["m2", "invalid_event", 'type: must be one of track, page, screen, identify, group, alias (got "purchase")'],
      ["m3", "invalid_event", `event: a track call needs the event's name (got "")`],
      ["m4", "too_deep", "nested deeper than 16 levels"],
      ["m5", "event_too_large", expect.stringMatching(/^the call has 33\d{3} bytes, the limit is 32768$/)],
    ]);
  });

  test("stays in its order where the client's clock cannot tell it, visitor by visitor", () => {
    const call = (messageId: string, ids: object, timestamp?: number) => ({
      ...good,
      anonymousId: null,
      ...ids,
      messageId,
      timestamp,
    });
    const timesOf = (...calls: object[]) =>
      readCalls(calls, OPTIONS).map((reading) => (reading as { ts: number }).ts - RECEIVED_AT);
    const [a, b] = [{ anonymousId: "a" }, { anonymousId: "b" }];

    expect(timesOf(call("z", a), call("y", a), call("x", b), call("w", a))).toEqual([-2, -1, 0, 0]);
    // Who was anonymous before is the same visitor.
    expect(timesOf(call("z", a), call("y", { ...a, userId: "u" }), call("x", { userId: "u" }))).toEqual([-2, -1, 0]);
    const at = (...times: number[]) => timesOf(...times.map((time) => call(`${time}`, a, RECEIVED_AT + time)));
    expect(at(-2, -1, -1)).toEqual([-3, -2, -1]);
    expect(at(-9, -5, -7)).toEqual([-9, -5, -7]);
  });

  test("has as many calls as the protocol allows", () => {
    const readings = readCalls(Array(SEGMENT_LIMITS.callsPerBatch + 1).fill(good), OPTIONS);

    expect(readings.filter((reading) => reading instanceof Unreadable)).toEqual([
      expect.objectContaining({ code: "too_many_events", message: "batch.2500: a batch has at most 2500 calls" }),
    ]);
  });

  test("a call that cannot be read still says what its visitor allows", () => {
    const context = { consent: { categoryPreferences: { Analytics: false } } };

    expect(readCalls([{ ...good, event: "", context }], OPTIONS)).toEqual([
      expect.objectContaining({ context: { consent: { analytics: false } } }),
    ]);
  });

  test("never throws, whatever it holds, and what it reads is an event or is refused with a reason", () => {
    const anything = fc.anything({ maxDepth: 3, withNullPrototype: false, withBigInt: false });
    const call = fc.oneof(
      anything,
      fc.record(
        {
          type: fc.oneof(fc.constantFrom(...CALL_TYPES), anything),
          event: fc.oneof(
            fc.constantFrom("Product Viewed", "Order Completed", "x"),
            fc.string({ unit: "binary" }),
            anything,
          ),
          messageId: anything,
          anonymousId: fc.oneof(fc.string(), anything),
          timestamp: anything,
          context: fc.oneof(fc.record({ page: anything, campaign: anything, consent: anything }), anything),
          traits: anything,
          properties: fc.oneof(
            fc.record({
              products: anything,
              product_id: anything,
              price: anything,
              list_id: anything,
              value: anything,
            }),
            anything,
          ),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const asSent = JSON.parse(JSON.stringify(calls)) as unknown[];
        const readings = readCalls(asSent, OPTIONS);
        expect(readings).toHaveLength(asSent.length);
        const { good, bad } = validateEvents(readings, { receivedAt: RECEIVED_AT });
        expect(good.length + bad.length).toBe(asSent.length);
        for (const { message } of bad) expect(message).toMatch(/\S/);
      }),
    );
  });
});
