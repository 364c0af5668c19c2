import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importHmacKey } from "../kernels/digest.ts";
import { hash32 } from "../kernels/hash.ts";
import { resolveConsent } from "./consent.ts";
import { objectName } from "./names.ts";
import { looksLikeReceipt, type Receipt, receiptPayload, signReceipt, verifyReceipt } from "./receipt.ts";
import { importSigningKeys } from "./signature.ts";
import { carriedOver, signVisitorToken, traitsOf, verifyVisitorToken } from "./visitor-token.ts";

const NOW = 1_732_280_000_000;
const keys = await importSigningKeys(["new", "old"]);
const strangers = await importSigningKeys(["stranger"]);

describe("object names", () => {
  test("kinds, sites and ids never share a name, and the id does not stand in it", async () => {
    const key = await importHmacKey("naming");
    const names = await Promise.all([
      objectName("default", { kind: "a", id: "alice" }, key),
      objectName("default", { kind: "u", id: "alice" }, key),
      objectName("other", { kind: "u", id: "alice" }, key),
      objectName("default", { kind: "a", id: "a\nlice" }, key),
    ]);
    expect(new Set(names).size).toBe(4);
    expect(names.join()).not.toContain("alice");
  });
});

describe("visitor tokens", () => {
  const token = {
    site: "default",
    visitor: { kind: "a", id: "v-ünïcode" },
    expiresAt: NOW + 1000,
    consent: { analytics: true, personalization: false },
    digest: { at: NOW, touches: [["lamp-1", 5]] },
    user: "default:u:abc",
    isMergeDue: true,
    traits: { segments: ["big_spender"], intents: ["comparing"] },
  } as const;

  test("a token reads back as it was signed, also by a key that no longer signs", async () => {
    expect(await verifyVisitorToken(await signVisitorToken(token, keys), "default", NOW, keys)).toEqual(token);
    const old = await importSigningKeys(["old"]);
    expect(await verifyVisitorToken(await signVisitorToken(token, old), "default", NOW, keys)).toEqual(token);
  });

  test("a token that is signed anew keeps what is its visitor's, and nothing of another's", () => {
    const { user, isMergeDue, traits } = token;
    expect(carriedOver(token, token.visitor)).toEqual({ user, isMergeDue, traits });
    expect(carriedOver(token, { kind: "u", id: token.visitor.id })).toEqual({});
    expect(carriedOver(token, { kind: "a", id: "other" })).toEqual({});
    expect(carriedOver(null, token.visitor)).toEqual({});
  });

  test("traits are as many as a cookie may carry", () => {
    const names = Array.from({ length: 20 }, (_, i) => `segment-${i}`);
    const { segments, intents } = traitsOf({ segments: ["x".repeat(33), ...names], intents: ["comparing"] });
    expect([segments, intents]).toEqual([names.slice(0, 8), ["comparing"]]);
  });

  test("forged, foreign, expired and altered tokens are refused", async () => {
    const text = await signVisitorToken(token, keys);
    expect(await verifyVisitorToken(await signVisitorToken(token, strangers), "default", NOW, keys)).toBe("malformed");
    expect(await verifyVisitorToken(text, "other", NOW, keys)).toBe("other_site");
    expect(await verifyVisitorToken(text, "default", NOW + 1000, keys)).toBe("expired");
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom("A", "B", ".", "é"), async (at, character) => {
        const altered = text.slice(0, at) + character + text.slice(at + 1);
        const read = await verifyVisitorToken(altered, "default", NOW, keys);
        return altered === text || typeof read === "string" || JSON.stringify(read) === JSON.stringify(token);
      }),
    );
  });
});

describe("receipts", () => {
  const receipt: Receipt = {
    nonce: [1, 2],
    site: "default",
    visitor: "default:a:x",
    at: NOW,
    seq: 12,
    snapshot: "2026-11-22.3",
    itemEpoch: 7,
    placements: [{ name: "home", strategy: "model", items: [{ id: "sku-1", propensity: 1 }] }],
  };

  test("a receipt proves what was decided, and a forged one proves nothing", async () => {
    const id = await signReceipt(receiptPayload(receipt), keys);
    expect(looksLikeReceipt(id)).toBe(true);
    expect(await verifyReceipt(id, keys)).toMatchObject({
      seq: 12,
      snapshot: "2026-11-22.3",
      itemEpoch: 7,
      placements: [{ strategy: "model", shown: 1, items: [{ idHash: hash32("sku-1"), propensity: 1 }] }],
    });
    expect(await verifyReceipt(id, strangers)).toBeNull();
    expect(await verifyReceipt("d1.AAAA.AAAA", keys)).toBeNull();
  });

  test("a receipt is at most 1 KB, however many items and placements there are", async () => {
    const items = Array.from({ length: 1000 }, (_, i) => ({ id: `sku-${i}`, propensity: 0.5 }));
    for (const count of [1, 20]) {
      const placements = Array.from({ length: count }, (_, i) => ({
        name: `p${i}`,
        strategy: "model" as const,
        items,
      }));
      const id = await signReceipt(receiptPayload({ ...receipt, site: "s".repeat(64), placements }), keys);
      expect(id.length).toBeLessThanOrEqual(1024);
      const record = await verifyReceipt(id, keys);
      expect(record?.placements.map(({ shown }) => shown)).toEqual(placements.map(() => 1000));
      expect(record?.placements[0]?.items.length).toBeGreaterThanOrEqual(3);
    }
  });
});

test("an explicit choice beats the browser's signal, which beats the site's default", () => {
  const yes = { analytics: true, personalization: true };
  const no = { analytics: false, personalization: false };
  expect(resolveConsent({ globalPrivacyControl: false, byDefault: yes })).toEqual(yes);
  expect(resolveConsent({ globalPrivacyControl: true, byDefault: yes })).toEqual(no);
  expect(resolveConsent({ globalPrivacyControl: true, byDefault: yes, token: yes })).toEqual(yes);
  expect(resolveConsent({ globalPrivacyControl: false, byDefault: yes, context: { personalization: false } })).toEqual({
    analytics: true,
    personalization: false,
  });
});
