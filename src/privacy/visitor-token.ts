// The visitor token: a signed statement of who the visitor is, what they consented to, and their last touches. A public
// key acts for nobody but the visitor whose token comes with it.
import * as z from "zod";
import { utf8 } from "../kernels/bytes.ts";
import type { SessionDigest } from "../profile/digest.ts";
import type { Consent } from "./consent.ts";
import type { Visitor } from "./names.ts";
import { type SigningKeys, sign, verify } from "./signature.ts";

export interface VisitorToken {
  readonly site: string;
  readonly visitor: Visitor;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** What was explicitly chosen; absent where nothing was. */
  readonly consent?: Consent;
  readonly digest?: SessionDigest;
  /** Of the user as whom the site's own JWT has named this anonymous visitor: name of their object. */
  readonly user?: string;
  /** The anonymous visitor has yet to become part of that user. */
  readonly isMergeDue?: boolean;
  readonly traits?: Traits;
}

/** What the profile said of the visitor when it was last asked: for what cannot wait for it. */
export interface Traits {
  readonly segments: readonly string[];
  readonly intents: readonly string[];
}

const PREFIX = "v1";
export const TOKEN_LIFETIME_MS = 90 * 86_400_000;

const payloadSchema = z.object({
  s: z.string(),
  k: z.enum(["a", "u"]),
  i: z.string(),
  e: z.number(),
  c: z.tuple([z.boolean(), z.boolean()]).optional(),
  d: z.object({ t: z.number(), i: z.array(z.tuple([z.string(), z.number()])) }).optional(),
  u: z.string().optional(),
  m: z.literal(true).optional(),
  t: z.tuple([z.array(z.string()), z.array(z.string())]).optional(),
});

export function signVisitorToken(token: VisitorToken, keys: SigningKeys): Promise<string> {
  const { site, visitor, expiresAt, consent, digest, user, isMergeDue, traits } = token;
  const payload: z.infer<typeof payloadSchema> = { s: site, k: visitor.kind, i: visitor.id, e: expiresAt };
  if (consent) payload.c = [consent.analytics, consent.personalization];
  if (digest) payload.d = { t: digest.at, i: digest.touches.map(([id, age]) => [id, age]) };
  if (user) payload.u = user;
  if (isMergeDue) payload.m = true;
  if (traits) payload.t = [[...traits.segments], [...traits.intents]];
  return sign(PREFIX, utf8(JSON.stringify(payload)), keys);
}

export type TokenProblem = "malformed" | "expired" | "other_site";

/** @param site the token must be of this site; @param now epoch ms */
export async function verifyVisitorToken(
  text: string,
  site: string,
  now: number,
  keys: SigningKeys,
): Promise<VisitorToken | TokenProblem> {
  const bytes = await verify(PREFIX, text, keys);
  if (bytes === null) return "malformed";
  const payload = payloadSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
  if (!payload.success) return "malformed";
  const { s, k, i, e, c, d, u, m, t } = payload.data;
  if (s !== site) return "other_site";
  if (e <= now) return "expired";
  return {
    site: s,
    visitor: { kind: k, id: i },
    expiresAt: e,
    ...(c ? { consent: { analytics: c[0], personalization: c[1] } } : {}),
    ...(d ? { digest: { at: d.t, touches: d.i } } : {}),
    ...(u ? { user: u } : {}),
    ...(m ? { isMergeDue: m } : {}),
    ...(t ? { traits: { segments: t[0], intents: t[1] } } : {}),
  };
}

/** What a token that is signed anew keeps of the one before, where both are the same visitor's. */
export function carriedOver(
  token: VisitorToken | null,
  { kind, id }: Visitor,
): Pick<VisitorToken, "user" | "isMergeDue" | "traits"> {
  if (token === null || token.visitor.kind !== kind || token.visitor.id !== id) return {};
  const { user, isMergeDue, traits } = token;
  return { ...(user ? { user } : {}), ...(isMergeDue ? { isMergeDue } : {}), ...(traits ? { traits } : {}) };
}

const MAX_TRAITS = 8;
const MAX_TRAIT_LENGTH = 32;

/** As many as a cookie may carry. */
export function traitsOf({ segments, intents }: Traits): Traits {
  const some = (names: readonly string[]): string[] =>
    names.filter((name) => name.length <= MAX_TRAIT_LENGTH).slice(0, MAX_TRAITS);
  return { segments: some(segments), intents: some(intents) };
}
