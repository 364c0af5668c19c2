// What a shop tells Google Analytics 4 becomes an event that the API takes; every row of docs/from-ga4.md.
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventSchema } from "../events/event.ts";
import { readGa4Event } from "./ga4-event.ts";

const LAMP = { item_id: "sku-1", item_name: "Lamp", item_brand: "Lux", item_category: "lamps", item_variant: "red" };
const accepted = (read: ReturnType<typeof readGa4Event>) =>
  eventSchema.parse({ id: "made-by-the-script", ...read?.fields, type: read?.type });

test("an item in the cart has its price and quantity, the event its value and currency", () => {
  const read = readGa4Event("add_to_cart", {
    currency: "eur",
    value: 25,
    items: [{ ...LAMP, price: 12.5, quantity: 2, discount: 1 }],
  });
  expect(read).toEqual({
    type: "add_to_cart",
    fields: {
      items: [
        { id: "sku-1", title: "Lamp", brand: "Lux", category: "lamps", variant: "red", price: 12.5, quantity: 2 },
      ],
      value: 25,
      currency: "EUR",
    },
  });
  accepted(read);
});

test("a purchase counts once by its order, however often the page that says thanks is loaded", () => {
  const parameters = {
    transaction_id: 4711,
    value: "99.90",
    currency: "EUR",
    coupon: "MAY",
    shipping: 5,
    items: [LAMP],
  };
  const read = readGa4Event("purchase", parameters);
  expect(read?.fields).toMatchObject({
    id: "ga4-purchase-4711",
    orderId: "4711",
    value: 99.9,
    properties: { coupon: "MAY", shipping: 5 },
  });
  expect(readGa4Event("refund", parameters)?.fields.id).toBe("ga4-refund-4711");
});

test("lists name their placement and where they begin", () => {
  const items = [
    { ...LAMP, index: 4 },
    { item_id: "sku-2", index: 5 },
  ];
  expect(readGa4Event("view_item_list", { item_list_id: "related", items })?.fields).toMatchObject({
    placement: "related",
    position: 4,
    items: [{ id: "sku-1" }, { id: "sku-2" }],
  });
  expect(readGa4Event("select_item", { items: [{ ...LAMP, item_list_name: "New", index: 0 }] })?.fields).toMatchObject({
    placement: "New",
    position: 0,
  });
  expect(readGa4Event("view_item", { item_list_id: "related", items })?.fields).not.toHaveProperty("placement");
});

test("a search has its term, under both of its names", () => {
  for (const name of ["search", "view_search_results"]) {
    expect(readGa4Event(name, { search_term: "red lamp" })).toEqual({ type: "search", fields: { query: "red lamp" } });
  }
});

test.each(["page_view", "gtm.js", "scroll", "user_engagement", "undefined", "__proto__", "constructor"])(
  "%s says nothing of commerce",
  (name) => expect(readGa4Event(name, { items: [LAMP] })).toBeUndefined(),
);

test("items without an id, and numbers that are none, are left out", () => {
  const items = [{ item_name: "nameless" }, null, "text", { item_id: 7, price: "free", quantity: -1 }, { id: "old" }];
  const read = readGa4Event("view_item", { items, value: Number.NaN, currency: "euros" });
  expect(read?.fields).toEqual({ items: [{ id: "7" }, { id: "old" }] });
});

test("whatever a page pushes, what comes of it is an event that the API takes", () => {
  const names = ["view_item", "purchase", "select_item", "search"];
  const odd = fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.double(), fc.constant(null), fc.boolean());
  const line = fc.dictionary(
    fc.constantFrom("item_id", "item_name", "item_category", "price", "quantity", "index"),
    odd,
  );
  const parameters = fc.record(
    {
      items: fc.oneof(odd, fc.array(fc.oneof(line, odd), { maxLength: 120 })),
      ...Object.fromEntries(
        ["value", "currency", "transaction_id", "search_term", "item_list_id", "coupon"].map((key) => [key, odd]),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), parameters, (name, pushed) => {
      const read = JSON.parse(JSON.stringify(readGa4Event(name, pushed)));
      expect(eventSchema.safeParse({ id: "x", ...read.fields, type: read.type }).error?.issues).toBeUndefined();
    }),
  );
});
