// Little stories of visitors, and what the shop makes of them.
import { describe, expect, test } from "vitest";
import { days, hours, minutes, Story } from "../../tests/support/story.ts";
import { hash32 } from "../kernels/hash.ts";
import { hashedTerms, INTENT_RULES } from "./intents/rules.ts";
import { INTENTS, type IntentName, intentsOf } from "./intents.ts";
import { UNKNOWN_VISITOR } from "./view.ts";

const visitor = () => new Story().opens();
const names = (story: Story): IntentName[] => story.intents().map(({ name }) => name);

test("of a visitor who is not known nothing is said", () => {
  expect(intentsOf(UNKNOWN_VISITOR, 1_800_000_000_000)).toEqual([]);
});

test("a few pages and an item are no intent yet", () => {
  expect(names(visitor().opens("/lamps").views("lamp-80"))).toEqual([]);
});

test("what is told is sorted by confidence, each in (0, 1], with the time since", () => {
  const story = visitor().searches("cheap lamp").views("lamp-80", "lamp-60", "lamp-80", "lamp-60", "lamp-40", "rug-90");
  const intents = story.putsIntoCart("lamp-40").intents();

  expect(intents.length).toBeGreaterThan(2);
  expect(intents.map(({ confidence }) => confidence)).toEqual(
    intents.map(({ confidence }) => confidence).toSorted((a, b) => b - a),
  );
  for (const { name, confidence, sinceMs } of intents) {
    expect(INTENTS).toContain(name);
    expect(confidence).toBeGreaterThan(0);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(sinceMs).toBeGreaterThanOrEqual(0);
  }
  expect(story.intents()).toEqual(intents);
});

describe("comparing", () => {
  test("is going back and forth between lamps, and names them", () => {
    const story = visitor().views("lamp-80", "lamp-60", "lamp-80", "lamp-70", "lamp-60");
    expect(story.intent("comparing")).toMatchObject({
      category: hash32("lamp"),
      sinceMs: 30_000,
      facts: { items: 3, returns: 2 },
    });
    expect(story.confidence("comparing")).toBeGreaterThan(0.6);
  });

  test("grows with every return", () => {
    const story = visitor().views("lamp-80", "lamp-60", "lamp-80");
    const once = story.confidence("comparing");
    expect(once).toBeGreaterThan(0.3);
    expect(story.views("lamp-60", "lamp-80").confidence("comparing")).toBeGreaterThan(once);
  });

  test("is also five lamps one after the other, but not three", () => {
    expect(names(visitor().views("lamp-1", "lamp-2", "lamp-3"))).not.toContain("comparing");
    expect(names(visitor().views("lamp-1", "lamp-2", "lamp-3", "lamp-4", "lamp-5"))).toContain("comparing");
  });

  test("is not strolling through categories, nor looking at one lamp twice, nor items without a category", () => {
    expect(names(visitor().views("lamp-80", "rug-60", "lamp-80", "rug-60"))).not.toContain("comparing");
    expect(names(visitor().views("lamp-80", "lamp-80", "lamp-80"))).not.toContain("comparing");
    expect(names(visitor().views("thing", "thong", "thing", "thong"))).not.toContain("comparing");
  });

  test("tells of the category that is compared most", () => {
    const story = visitor().views("lamp-8", "lamp-6", "lamp-8", "rug-5", "rug-6", "rug-5", "rug-7", "rug-6");
    expect(story.intent("comparing")?.category).toBe(hash32("rug"));
  });

  test("ends when a lamp is bought, not when something else is", () => {
    const story = () => visitor().views("lamp-80", "lamp-60", "lamp-80", "lamp-60");
    expect(names(story().buys("rug-50"))).toContain("comparing");
    expect(names(story().buys("lamp-60"))).not.toContain("comparing");
    expect(names(story().buys())).not.toContain("comparing");
  });

  test("is over the next day", () => {
    const story = visitor().views("lamp-80", "lamp-60", "lamp-80", "lamp-60");
    const now = story.confidence("comparing");
    expect(story.wait(hours(2)).confidence("comparing")).toBeCloseTo(now / 2, 2);
    expect(names(story.wait(days(1)))).not.toContain("comparing");
  });
});

describe("researching", () => {
  const reader = () =>
    visitor().searches("reading lamp").views("lamp-80").searches("floor lamp").views("lamp-200", "shade-20", "bulb-5");

  test("is searching and reading widely without a cart", () => {
    const story = reader();
    expect(story.intent("researching")?.facts).toMatchObject({ searches: 2, items: 4, categories: 3 });
    expect(story.confidence("researching")).toBeGreaterThan(0.3);
  });

  test("is surer the longer it goes on", () => {
    const story = reader();
    const before = story.confidence("researching");
    story.searches("led bulb").wait(minutes(3)).views("bulb-7").wait(minutes(3)).views("bulb-9");
    expect(story.confidence("researching")).toBeGreaterThan(before + 0.2);
  });

  test("is over when something lies in the cart", () => {
    expect(names(reader().putsIntoCart("bulb-5"))).not.toContain("researching");
  });

  test("is not skimming: two searches and a glance", () => {
    expect(names(visitor().searches("lamp").searches("rug").views("rug-60"))).not.toContain("researching");
  });

  test("goes on from the session before", () => {
    const next = (story: Story) => story.wait(days(1)).opens().searches("lamp").views("lamp-8", "rug-7", "bulb-5");
    const fresh = next(visitor()).confidence("researching");
    expect(next(reader()).confidence("researching")).toBeGreaterThan(1.2 * fresh);
  });
});

describe("ready to buy", () => {
  test("is something in the cart, and more so at the checkout", () => {
    const story = visitor().views("lamp-80").putsIntoCart("lamp-80");
    expect(story.intent("ready_to_buy")).toMatchObject({
      category: hash32("lamp"),
      facts: { lines: 1, value: 80, checkouts: 0 },
    });
    const cart = story.confidence("ready_to_buy");
    expect(cart).toBeGreaterThan(0.3);
    expect(story.beginsCheckout().confidence("ready_to_buy")).toBeGreaterThan(cart + 0.25);
  });

  test("is surer when the item in the cart is looked at again, and of one who has bought before", () => {
    const plain = visitor().putsIntoCart("lamp-80").wait(minutes(1));
    const again = visitor().putsIntoCart("lamp-80").views("lamp-80");
    const buyer = visitor().buys("rug-9").wait(days(90)).opens().putsIntoCart("lamp-80").wait(minutes(1));
    expect(again.confidence("ready_to_buy")).toBeGreaterThan(plain.confidence("ready_to_buy"));
    expect(buyer.confidence("ready_to_buy")).toBeGreaterThan(plain.confidence("ready_to_buy"));
  });

  test("is a checkout on a site without carts too", () => {
    expect(names(visitor().beginsCheckout())).toContain("ready_to_buy");
  });

  test("is ended by the order, whether it names what was bought or not", () => {
    const story = () => visitor().putsIntoCart("lamp-80").beginsCheckout();
    expect(names(story().buys("lamp-80"))).not.toContain("ready_to_buy");
    expect(names(story().buys())).not.toContain("ready_to_buy");
    expect(names(story().buys("rug-9"))).not.toContain("ready_to_buy");
    expect(names(story().buys("lamp-80").putsIntoCart("rug-9"))).toContain("ready_to_buy");
  });

  test("is not a cart that was emptied, and half of it one that shrinks", () => {
    const emptied = visitor().putsIntoCart("lamp-80").beginsCheckout().takesOut("lamp-80");
    expect(names(emptied)).not.toContain("ready_to_buy");
    const full = visitor().putsIntoCart("lamp-80").putsIntoCart("rug-9").confidence("ready_to_buy");
    const less = visitor().putsIntoCart("lamp-80").putsIntoCart("rug-9").takesOut("rug-9").confidence("ready_to_buy");
    expect(less).toBeCloseTo(full / 2, 2);
  });

  test("fades within the hour when nothing follows", () => {
    const story = visitor().putsIntoCart("lamp-80");
    const fresh = story.confidence("ready_to_buy");
    expect(story.wait(minutes(20)).confidence("ready_to_buy")).toBeCloseTo(fresh / 2, 2);
  });
});

describe("cart abandoned", () => {
  const browse = (story: Story, forMs: number): Story => {
    for (let passed = 0; passed < forMs; passed += minutes(2)) story.views("rug-60").wait(minutes(1.5));
    return story;
  };

  test("within the session is browsing on while the cart is left alone, surer with the minutes", () => {
    const story = visitor().putsIntoCart("lamp-80");
    expect(names(browse(story, minutes(8)))).not.toContain("cart_abandoned");
    const early = browse(story, minutes(4));
    expect(early.intent("cart_abandoned")).toMatchObject({
      category: hash32("lamp"),
      facts: { where: "this session", lines: 1, value: 80 },
    });
    const before = early.confidence("cart_abandoned");
    expect(before).toBeGreaterThan(0.1);
    const later = browse(story, minutes(30)).confidence("cart_abandoned");
    expect(later).toBeGreaterThan(before + 0.2);
    expect(later).toBeLessThan(0.7);
  });

  test("is not silence alone, nor looking at what lies in the cart", () => {
    expect(names(visitor().putsIntoCart("lamp-80").wait(minutes(25)))).not.toContain("cart_abandoned");
    const story = browse(visitor().putsIntoCart("lamp-80"), minutes(20));
    expect(names(story.views("lamp-80", "rug-60"))).not.toContain("cart_abandoned");
  });

  test("is not an empty cart", () => {
    const story = visitor().putsIntoCart("lamp-80").takesOut("lamp-80");
    expect(names(browse(story, minutes(30)))).not.toContain("cart_abandoned");
    expect(names(story.wait(days(1)))).not.toContain("cart_abandoned");
  });

  test("is ended by the order", () => {
    const story = visitor().putsIntoCart("lamp-80").buys("lamp-80");
    expect(names(browse(story, minutes(30)))).not.toContain("cart_abandoned");
    expect(names(story.wait(days(1)).opens())).not.toContain("cart_abandoned");
  });

  test("across sessions becomes sure over hours and fades over weeks", () => {
    const left = () => visitor().putsIntoCart("lamp-80");
    const returns = (ms: number) => left().wait(ms).opens().confidence("cart_abandoned");
    expect(left().wait(days(1)).opens().intent("cart_abandoned")?.facts).toMatchObject({ where: "an earlier session" });
    expect(returns(minutes(40))).toBeLessThan(0.25);
    expect(returns(hours(6))).toBeGreaterThan(0.7);
    expect(returns(days(1))).toBeGreaterThan(0.8);
    expect(returns(days(7))).toBeLessThan(returns(days(1)));
    expect(returns(days(21))).toBeLessThan(0.3);
    expect(returns(days(60))).toBe(0);
  });

  test("is told between sessions as well, when nobody is there", () => {
    expect(names(visitor().putsIntoCart("lamp-80").wait(hours(5)))).toContain("cart_abandoned");
  });

  test("begins anew when the cart is filled again", () => {
    const story = visitor().putsIntoCart("lamp-80").wait(days(1)).opens().putsIntoCart("rug-9");
    expect(names(story)).not.toContain("cart_abandoned");
    expect(names(story)).toContain("ready_to_buy");
  });
});

describe("returning after a purchase", () => {
  const customer = () => visitor().buys("lamp-80");

  test("is a later session, not the one that ordered", () => {
    expect(names(customer().opens("/thanks"))).not.toContain("returning_after_purchase");
    expect(customer().wait(days(3)).opens().intent("returning_after_purchase")).toMatchObject({
      category: hash32("lamp"),
      facts: { orders: 1, days: 3 },
    });
  });

  test("fades over a month, and a new order starts it again", () => {
    const returns = (ms: number) => customer().wait(ms).opens();
    expect(returns(days(2)).confidence("returning_after_purchase")).toBeGreaterThan(0.8);
    expect(returns(days(30)).confidence("returning_after_purchase")).toBeCloseTo(0.125, 2);
    expect(names(returns(days(60)))).not.toContain("returning_after_purchase");
    expect(names(returns(days(60)).buys("rug-9").opens())).not.toContain("returning_after_purchase");
    expect(names(returns(days(60)).buys("rug-9").wait(days(1)).opens())).toContain("returning_after_purchase");
  });

  test("is nothing to who never ordered", () => {
    expect(names(visitor().views("lamp-80").wait(days(3)).opens())).not.toContain("returning_after_purchase");
  });
});

describe("price sensitive", () => {
  test("is stepping down to the cheapest lamp", () => {
    const story = visitor().views("lamp-100", "lamp-80", "lamp-60");
    expect(story.intent("price_sensitive")).toMatchObject({
      category: hash32("lamp"),
      facts: { stepsDown: 2, stepsUp: 0, lowest: 60 },
    });
  });

  test("is not going up, nor up and down, nor a step of a few cents", () => {
    expect(names(visitor().views("lamp-60", "lamp-80", "lamp-100"))).not.toContain("price_sensitive");
    expect(names(visitor().views("lamp-60", "lamp-90", "lamp-50", "lamp-99"))).not.toContain("price_sensitive");
    expect(names(visitor().views("lamp-100", "lamp-99", "lamp-98", "lamp-97"))).not.toContain("price_sensitive");
  });

  test("is not prices of different categories", () => {
    expect(names(visitor().views("sofa-900", "lamp-80", "bulb-5"))).not.toContain("price_sensitive");
  });

  test("is asking for it, in several languages, surer together with steps down", () => {
    for (const query of ["cheap lamps", "Günstige Lampen Angebote", "lámparas OFERTA"]) {
      expect(names(visitor().searches(query))).toContain("price_sensitive");
    }
    expect(names(visitor().searches("brass lamp"))).not.toContain("price_sensitive");
    const words = visitor().searches("cheap lamp").confidence("price_sensitive");
    const both = visitor().searches("cheap lamp").views("lamp-100", "lamp-80", "lamp-60");
    expect(both.confidence("price_sensitive")).toBeGreaterThan(words + 0.2);
  });

  test("is remembered for days after the words, and forgotten after weeks", () => {
    const returns = (ms: number) => names(visitor().searches("cheap lamp").searches("lamp sale").wait(ms).opens());
    expect(returns(days(4))).toContain("price_sensitive");
    expect(returns(days(60))).not.toContain("price_sensitive");
  });

  test("goes by the site's own words when it has some", () => {
    const story = visitor().searches("tilbud lampe");
    const rules = {
      ...INTENT_RULES,
      priceSensitive: { ...INTENT_RULES.priceSensitive, words: hashedTerms("tilbud billigst") },
    };
    expect(names(story)).not.toContain("price_sensitive");
    expect(intentsOf(story.view(), story.now, rules).map(({ name }) => name)).toContain("price_sensitive");
  });
});

describe("bouncing", () => {
  test("is one page, and then nothing for minutes", () => {
    expect(names(visitor())).not.toContain("bouncing");
    expect(names(visitor().wait(minutes(5)))).toContain("bouncing");
  });

  test("is over with the second page, a search or an item", () => {
    expect(names(visitor().opens("/lamps").wait(minutes(5)))).not.toContain("bouncing");
    expect(names(visitor().searches("lamp").wait(minutes(5)))).not.toContain("bouncing");
    expect(names(visitor().views("lamp-80", "lamp-60").wait(minutes(5)))).not.toContain("bouncing");
  });

  test("is expected of who bounced before, more so out of habit, until they stay", () => {
    const again = visitor().wait(days(1)).opens();
    const habit = visitor().wait(days(1)).opens().wait(days(1)).opens().wait(days(1)).opens();
    expect(again.confidence("bouncing")).toBeGreaterThan(0.2);
    expect(habit.confidence("bouncing")).toBeGreaterThan(again.confidence("bouncing") + 0.2);
    expect(names(habit.opens("/lamps"))).not.toContain("bouncing");
  });

  test("an item's page that is told of twice is one page", () => {
    expect(names(visitor().views("lamp-80").wait(minutes(5)))).toContain("bouncing");
  });

  test("is not held against one who used to stay", () => {
    const story = visitor().views("lamp-80", "lamp-60").searches("rug").wait(days(1)).opens();
    expect(names(story)).not.toContain("bouncing");
  });
});
