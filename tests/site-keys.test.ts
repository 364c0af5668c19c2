// A signing key that has been followed by a newer one: who comes with its cookie is known, and leaves with one of the newer key.
import { expect, test } from "vitest";
import { importSigningKeys } from "../src/privacy/signature.ts";
import { verifyVisitorToken } from "../src/privacy/visitor-token.ts";
import { HTML, useSite } from "./support/site.ts";
import { OWN_KEY, tokenFor } from "./support/tokens.ts";

const NEWER = "a-newer-key";
const site = useSite(
  { 2: "tests/fixtures/odd-decision/wrangler.toml" },
  { NOWCAST_SIGNING_KEYS: `${NEWER} ${OWN_KEY}` },
);

async function readBy(key: string, jar: ReadonlyMap<string, string>) {
  return verifyVisitorToken(jar.get("nowcast_visitor") ?? "", "default", Date.now(), await importSigningKeys([key]));
}

test("a cookie of the key before is taken; a day after it was made it is signed with the newer", async () => {
  site.on("/", (_, response) => response.writeHead(200, HTML).end("<!doctype html><html><body>x</body></html>"));
  const day = 86_400_000;
  const young = new Map([["nowcast_visitor", await tokenFor("young", { expiresAt: Date.now() + 90 * day })]]);
  await site.visit("/", { jar: young });
  expect(await readBy(OWN_KEY, young)).toMatchObject({ visitor: { id: "young" } });
  const old = new Map([["nowcast_visitor", await tokenFor("old", { expiresAt: Date.now() + 80 * day })]]);
  await site.visit("/", { jar: old });
  expect(await readBy(OWN_KEY, old)).toBe("malformed");
  expect(await readBy(NEWER, old)).toMatchObject({ visitor: { id: "old" } });
});

test("a cookie of a key that is none of the deployment's is nobody's", async () => {
  const jar = new Map([["nowcast_visitor", await tokenFor("victim", { signedWith: "stolen-and-withdrawn" })]]);
  await site.visit("/", { jar });
  const token = await readBy(NEWER, jar);
  expect(token).toMatchObject({ visitor: { kind: "a" } });
  expect(token).not.toMatchObject({ visitor: { id: "victim" } });
});
