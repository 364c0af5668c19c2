import { expect, test } from "vitest";
import { event, profileAfter, T0 } from "../../tests/support/folding.ts";
import { describeProfile } from "./describe.ts";

test("a profile reads as names and as what counters are worth now", () => {
  const items = [{ id: "sku-1", category: "lamps", price: 40 }];
  const profile = profileAfter(event("select_item", T0, { items }), event("view_item_list", T0 + 1, { items }));
  const described = describeProfile(profile, T0 + 86_400_000);
  expect(described).toMatchObject({
    touches: [{ itemId: "sku-1", category: "lamps" }],
    lists: 1,
    counters: { categories: { lamps: { day: 0.5, week: 0.906, month: 0.977 } } },
  });
  expect(JSON.parse(JSON.stringify(described))).toEqual(described);
});
