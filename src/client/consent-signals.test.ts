// Which signals of consent platforms are a choice, and which.
import { describe, expect, test } from "vitest";
import { afterConsentCommand, choiceOfConsentMode, choiceOfTcf, NO_CONSENT_MODE } from "./consent-signals.ts";

const STORAGE = "personalization_storage";
type Call = [command: string, parameters: object | null];

const choiceAfter = (calls: Call[], { gpc = false, personalization = STORAGE } = {}) =>
  choiceOfConsentMode(
    calls.reduce((mode, [command, parameters]) => afterConsentCommand(mode, command, parameters), NO_CONSENT_MODE),
    personalization,
    gpc,
  );

const ALL_DENIED: Call = ["default", { analytics_storage: "denied", [STORAGE]: "denied" }];
const ALL_GRANTED: Call = ["default", { analytics_storage: "granted", [STORAGE]: "granted" }];
const YES = { analytics: true, personalization: true };
const NO = { analytics: false, personalization: false };

describe("Consent Mode", () => {
  test("what is denied by default is no refusal: the visitor has not chosen", () => {
    expect(choiceAfter([ALL_DENIED])).toBeUndefined();
    expect(choiceAfter([])).toBeUndefined();
  });

  test("an update is a choice, of each kind by itself", () => {
    expect(choiceAfter([ALL_DENIED, ["update", { analytics_storage: "granted" }]])).toEqual({
      analytics: true,
      personalization: false,
    });
    expect(choiceAfter([ALL_DENIED, ["update", { [STORAGE]: "granted" }]])).toEqual({
      analytics: false,
      personalization: true,
    });
    expect(choiceAfter([ALL_DENIED, ["update", { ad_storage: "granted" }]])).toEqual(NO);
    expect(choiceAfter([ALL_GRANTED, ["update", { analytics_storage: "denied", [STORAGE]: "denied" }]])).toEqual(NO);
  });

  test("what is granted by default counts, unless the browser refuses or the region decides", () => {
    expect(choiceAfter([ALL_GRANTED])).toEqual(YES);
    expect(choiceAfter([ALL_GRANTED], { gpc: true })).toBeUndefined();
    const regional: Call = ["default", { analytics_storage: "denied", region: ["DE"] }];
    expect(choiceAfter([regional, ALL_GRANTED])).toBeUndefined();
    expect(choiceAfter([regional, ALL_GRANTED, ["update", { analytics_storage: "granted" }]])).toEqual(YES);
  });

  test("a choice that was made outweighs what the browser says", () => {
    const calls: Call[] = [ALL_DENIED, ["update", { analytics_storage: "granted", [STORAGE]: "granted" }]];
    expect(choiceAfter(calls, { gpc: true })).toEqual(YES);
  });

  test("another kind of storage may stand for personalization", () => {
    const calls: Call[] = [["update", { analytics_storage: "granted", functionality_storage: "granted" }]];
    expect(choiceAfter(calls, { personalization: "functionality_storage" })).toEqual(YES);
  });

  test("what is no command changes nothing", () => {
    expect(
      choiceAfter([
        ["set", { analytics_storage: "granted" }],
        ["update", null],
      ]),
    ).toBeUndefined();
  });
});

describe("TCF", () => {
  const data = (...agreed: number[]) => ({
    gdprApplies: true,
    eventStatus: "useractioncomplete",
    purpose: { consents: Object.fromEntries(agreed.map((purpose) => [purpose, true])) },
  });

  test.each([
    [[1, 5, 6, 8], YES],
    [[1, 5, 6], { analytics: false, personalization: true }],
    [[1, 8], { analytics: true, personalization: false }],
    [[1, 5, 8], { analytics: true, personalization: false }],
    [[5, 6, 8], NO],
    [[], NO],
  ])("purposes %j", (purposes, choice) => expect(choiceOfTcf(data(...purposes), false)).toEqual(choice));

  test("while the visitor is asked there is no choice", () => {
    expect(choiceOfTcf({ ...data(1, 5, 6, 8), eventStatus: "cmpuishown" }, false)).toBeUndefined();
    expect(choiceOfTcf({ ...data(1, 8), eventStatus: "tcloaded" }, false)?.analytics).toBe(true);
  });

  test("where the law does not apply the browser's refusal still does", () => {
    expect(choiceOfTcf({ gdprApplies: false }, false)).toEqual(YES);
    expect(choiceOfTcf({ gdprApplies: false }, true)).toBeUndefined();
  });

  test("an answer without purposes is a refusal", () => {
    expect(choiceOfTcf({ eventStatus: "tcloaded" }, false)).toEqual(NO);
  });
});
