// Visitor tokens of the deployment's own making, and of others': signed with the key of .dev.vars unless told otherwise.
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { importSigningKeys } from "../../src/privacy/signature.ts";
import { signVisitorToken, type VisitorToken, verifyVisitorToken } from "../../src/privacy/visitor-token.ts";

const DEV_VARS = parseEnv(readFileSync(new URL("../../.dev.vars", import.meta.url), "utf8"));
/** What this deployment signs with. */
export const OWN_KEY = DEV_VARS.NOWCAST_SIGNING_KEYS ?? "";

/** A token of the default site for an anonymous visitor, valid for an hour. */
export async function tokenFor(
  id: string,
  { signedWith = OWN_KEY, ...changed }: Partial<VisitorToken> & { signedWith?: string } = {},
): Promise<string> {
  const visitor = { kind: "a", id } as const;
  const token = { site: "default", visitor, expiresAt: Date.now() + 3_600_000, ...changed };
  return signVisitorToken(token, await importSigningKeys([signedWith]));
}

/** What a token says. @throws Error when this deployment did not sign it */
export async function readToken(text: string | undefined): Promise<VisitorToken> {
  const token = await verifyVisitorToken(text ?? "", "default", Date.now(), await importSigningKeys([OWN_KEY]));
  if (typeof token === "string") throw new Error(`not a token of the default site: ${token}`);
  return token;
}

/** What a site of this deployment signs its own JWTs with, where it shares a secret. */
export const jwtSecret = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode(DEV_VARS.NOWCAST_JWT_SECRET ?? "");
