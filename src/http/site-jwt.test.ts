import { CompactSign, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { utf8 } from "../kernels/bytes.ts";
import { KEYS_COOLDOWN_MS, KEYS_FRESH_MS, KEYS_KEPT_MS, KeySets, type KeySource } from "./jwks.ts";
import { claimsHold, type JwtRules, presentedJwt, verifyJwt } from "./site-jwt.ts";

const NOW = Date.UTC(2026, 10, 23, 12);
const SECRET = utf8("a shared secret of at least 256 bits");
const RULES: JwtRules = { algorithms: ["HS256"], clockToleranceSeconds: 30, userClaim: "sub" };
const seconds = (fromNow: number): number => NOW / 1000 + fromNow;

async function token(claims: Record<string, unknown> = {}, { secret = SECRET, alg = "HS256" } = {}): Promise<string> {
  return new SignJWT({ sub: "ada", exp: seconds(60), ...claims }).setProtectedHeader({ alg }).sign(secret);
}
const verdict = async (text: string | null | Promise<string>, rules: Partial<JwtRules> = {}) =>
  verifyJwt(await text, { ...RULES, ...rules }, SECRET, NOW);

describe("with a shared secret", () => {
  test("a token that is good names the user and brings its claims", async () => {
    expect(await verdict(token({ role: "admin" }))).toMatchObject({ userId: "ada", claims: { role: "admin" } });
    expect(await verdict(token({ uid: 7 }), { userClaim: "uid" })).toMatchObject({ userId: "7" });
  });

  test.each<[string, () => string | null | Promise<string>, Partial<JwtRules>, string]>([
    ["none", () => null, {}, "missing"],
    ["no JWT", () => "abc", {}, "malformed"],
    ["parts that are no JSON", () => "e30.e30.e30", {}, "malformed"],
    ["one that is too long", () => `a.${"b".repeat(9000)}.c`, {}, "malformed"],
    ["an expired one", () => token({ exp: seconds(-31) }), {}, "expired"],
    ["one without an end", () => token({ exp: undefined }), {}, "claims"],
    ["one that does not hold yet", () => token({ nbf: seconds(31) }), {}, "early"],
    [
      "one signed with another secret",
      () => token({}, { secret: utf8("another secret of at least 256 bits!") }),
      {},
      "forged",
    ],
    ["another algorithm", () => token({}, { alg: "HS512", secret: new Uint8Array(64) }), {}, "forged"],
    ["no signature", () => `${new UnsecuredJWT({ sub: "ada" }).encode()}x`, {}, "forged"],
    ["another issuer", () => token({ iss: "https://evil.example" }), { issuer: "https://id.example" }, "claims"],
    ["no issuer", () => token(), { issuer: "https://id.example" }, "claims"],
    ["another audience", () => token({ aud: "other" }), { audience: ["shop"] }, "claims"],
    ["nobody's name", () => token({ sub: undefined }), {}, "claims"],
    ["an empty name", () => token({ sub: "" }), {}, "claims"],
    ["a name that is too long", () => token({ sub: "x".repeat(257) }), {}, "claims"],
    ["a name that is no text", () => token({ uid: { id: 1 } }), { userClaim: "uid" }, "claims"],
  ])("%s is anonymous", async (_what, text, rules, problem) => {
    expect(await verdict(text(), rules)).toEqual({ problem });
  });

  test("a payload that was changed is forged", async () => {
    const [header, , signature] = (await token()).split(".");
    const payload = (await token({ sub: "eve" })).split(".")[1];
    expect(await verdict(`${header}.${payload}.${signature}`)).toEqual({ problem: "forged" });
  });

  test("what is signed but no claims is malformed", async () => {
    const text = await new CompactSign(utf8("[]")).setProtectedHeader({ alg: "HS256" }).sign(SECRET);
    expect(await verdict(text)).toEqual({ problem: "malformed" });
  });

  test("clocks may differ by the tolerance", async () => {
    expect(await verdict(token({ exp: seconds(-29), nbf: seconds(29) }))).toMatchObject({ userId: "ada" });
    expect(await verdict(token({ exp: seconds(-1) }), { clockToleranceSeconds: 0 })).toEqual({ problem: "expired" });
  });

  test("issuers and audiences may be several", async () => {
    const rules = { issuer: ["a", "b"], audience: "shop" };
    expect(await verdict(token({ iss: "b", aud: ["x", "shop"] }), rules)).toMatchObject({ userId: "ada" });
  });
});

describe("where it travels", () => {
  const found = (headers: HeadersInit, cookie?: string) => presentedJwt(new Headers(headers), { cookie });

  test("the header comes first, a cookie where one is named", () => {
    const cookie = "session=a.b.c; other=d.e.f";
    expect(found({ authorization: "Bearer x.y.z", cookie }, "session")).toBe("x.y.z");
    expect(found({ cookie }, "session")).toBe("a.b.c");
    expect(found({ cookie })).toBeNull();
    expect(found({ cookie }, "none")).toBeNull();
  });

  test("a header that is no JWT is the site's own affair, and an ambiguous cookie nobody's", () => {
    for (const authorization of ["Basic dTpw", "Bearer opaque", "Bearer a.b.c d", "x.y.z"]) {
      expect(found({ authorization, cookie: "session=a.b.c" }, "session")).toBe("a.b.c");
    }
    expect(found({ cookie: "session=a.b.c; session=d.e.f" }, "session")).toBeNull();
  });
});

test("claims hold when each has one of its values, of the same type", () => {
  const claims = { role: ["customer", "admin"], level: 3, verified: true };
  expect(claimsHold(claims, { role: ["admin"], level: [2, 3], verified: [true] })).toBe(true);
  expect(claimsHold(claims, {})).toBe(true);
  expect(claimsHold(claims, { role: ["owner"] })).toBe(false);
  expect(claimsHold(claims, { level: ["3"] })).toBe(false);
  expect(claimsHold(claims, { toString: ["x"] })).toBe(false);
});

describe("with a key set", () => {
  const rules: JwtRules = { ...RULES, algorithms: ["ES256"] };
  const URL_OF_KEYS = "https://id.example/keys";
  type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
  let first: Pair;
  let second: Pair;
  let now: number;
  let answer: () => Promise<Response>;
  let fetched: { url: string; redirect: string }[];
  let behind: Promise<unknown>[];
  let sets: KeySets;

  const source: KeySource = {
    fetch: (url, { redirect }) => {
      fetched.push({ url, redirect });
      return answer();
    },
    now: () => now,
    waitUntil: (work) => void behind.push(work),
  };
  const keySet = async (...pairs: [Pair, string][]) =>
    Response.json({
      keys: await Promise.all(pairs.map(async ([{ publicKey }, kid]) => ({ ...(await exportJWK(publicKey)), kid }))),
    });
  const signed = ({ privateKey }: Pair, kid: string, claims: JWTPayload = {}) =>
    new SignJWT({ sub: "ada", exp: now / 1000 + 60, ...claims })
      .setProtectedHeader({ alg: "ES256", kid })
      .sign(privateKey);
  const verify = async (text: Promise<string> | string) =>
    verifyJwt(await text, rules, sets.keysAt(URL_OF_KEYS, source), now);

  beforeAll(async () => {
    first = await generateKeyPair("ES256", { extractable: true });
    second = await generateKeyPair("ES256", { extractable: true });
  });
  beforeEach(() => {
    now = NOW;
    fetched = [];
    behind = [];
    sets = new KeySets();
    answer = () => keySet([first, "one"]);
    vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => vi.restoreAllMocks());

  test("keys are fetched once and follow no redirect", async () => {
    for (let i = 0; i < 3; i++) expect(await verify(signed(first, "one"))).toMatchObject({ userId: "ada" });
    expect(fetched).toEqual([{ url: URL_OF_KEYS, redirect: "manual" }]);
  });

  test("warm keys are renewed behind the answer", async () => {
    await verify(signed(first, "one"));
    now += KEYS_FRESH_MS;
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    answer = () => gate.then(() => keySet([second, "two"]));
    expect(await verify(signed(first, "one"))).toMatchObject({ userId: "ada" });
    open();
    await Promise.all(behind);
    expect(await verify(signed(second, "two"))).toMatchObject({ userId: "ada" });
    expect(await verify(signed(first, "one"))).toEqual({ problem: "forged" });
    expect(fetched.length).toBe(2);
  });

  test("an unknown key is looked for, but not for every forged token", async () => {
    await verify(signed(first, "one"));
    answer = () => keySet([first, "one"], [second, "two"]);
    for (let i = 0; i < 5; i++) expect(await verify(signed(second, `forged-${i}`))).toEqual({ problem: "forged" });
    expect(fetched.length).toBe(1);
    now += KEYS_COOLDOWN_MS;
    expect(await verify(signed(second, "two"))).toMatchObject({ userId: "ada" });
    expect(fetched.length).toBe(2);
  });

  test("a key set that is away leaves known keys in force, for a day", async () => {
    await verify(signed(first, "one"));
    answer = () => Promise.reject(new Error("away"));
    now += KEYS_KEPT_MS - 1;
    expect(await verify(signed(first, "one"))).toMatchObject({ userId: "ada" });
    await Promise.all(behind);
    now += KEYS_COOLDOWN_MS;
    expect(await verify(signed(first, "one"))).toEqual({ problem: "no_keys" });
  });

  test.each<[string, () => Promise<Response>]>([
    ["is away", () => Promise.reject(new Error("away"))],
    ["answers a redirect", async () => new Response(null, { status: 302 })],
    ["answers an error", async () => new Response("{}", { status: 500 })],
    ["is no JSON", async () => new Response("<html>")],
    ["holds no keys", async () => Response.json({ keys: "none" })],
    ["is too large", async () => new Response(" ".repeat(70_000))],
  ])("a key set that %s means anonymous, and is asked again after a while", async (_what, broken) => {
    answer = broken;
    for (let i = 0; i < 3; i++) expect(await verify(signed(first, "one"))).toEqual({ problem: "no_keys" });
    expect(fetched.length).toBe(1);
    answer = () => keySet([first, "one"]);
    now += KEYS_COOLDOWN_MS;
    expect(await verify(signed(first, "one"))).toMatchObject({ userId: "ada" });
  });

  test("a public key is never taken for a shared secret", async () => {
    const pem = utf8(await exportSPKI(first.publicKey));
    const forged = new SignJWT({ sub: "ada", exp: seconds(60) })
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .sign(pem);
    expect(await verify(forged)).toEqual({ problem: "forged" });
  });

  test("requests that come together share one fetch", async () => {
    const texts = await Promise.all([1, 2, 3].map(() => signed(first, "one")));
    expect(await Promise.all(texts.map(verify))).toMatchObject([
      { userId: "ada" },
      { userId: "ada" },
      { userId: "ada" },
    ]);
    expect(fetched.length).toBe(1);
  });
});
