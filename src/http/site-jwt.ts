// The site's own JWT: who the site says the visitor is. Whatever is wrong with it means that nobody vouches for anybody: the
// visitor is anonymous, and never someone else. Verification is jose's; which algorithms, issuers and audiences count is the
// configuration's, never the token's.
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { identifier } from "../events/identifier.ts";
import { LIMITS } from "../events/limits.ts";
import { cookieOf } from "./cookies.ts";

export interface JwtRules {
  readonly algorithms: readonly string[];
  readonly issuer?: string | readonly string[] | undefined;
  readonly audience?: string | readonly string[] | undefined;
  readonly clockToleranceSeconds: number;
  /** The claim that names the user. */
  readonly userClaim: string;
  /** Where the token is when it does not come as `Authorization: Bearer`. */
  readonly cookie?: string | undefined;
}

export type JwtProblem = "missing" | "malformed" | "expired" | "early" | "forged" | "claims" | "no_keys";

export type JwtVerdict =
  | { readonly userId: string; readonly claims: JWTPayload; readonly problem?: undefined }
  | { readonly problem: JwtProblem };

const MAX_LENGTH = 8192;
const FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const userIdSchema = identifier(LIMITS.visitorIdBytes);

/** The token of a request, null without one. A header that is no JWT is the site's own affair. */
export function presentedJwt(headers: Pick<Headers, "get">, { cookie }: Pick<JwtRules, "cookie">): string | null {
  const bearer = /^bearer\s+(\S+)$/i.exec(headers.get("authorization")?.trim() ?? "")?.[1];
  if (bearer !== undefined && FORM.test(bearer)) return bearer;
  return cookie === undefined ? null : cookieOf(headers.get("cookie"), cookie) || null;
}

/**
 * @param key the shared secret, or what finds the key of a token (jwks.ts)
 * @param now epoch ms
 */
export async function verifyJwt(
  token: string | null,
  rules: JwtRules,
  key: Uint8Array | JWTVerifyGetKey,
  now: number,
): Promise<JwtVerdict> {
  if (token === null) return { problem: "missing" };
  if (token.length > MAX_LENGTH || !FORM.test(token)) return { problem: "malformed" };
  const { algorithms, issuer, audience, clockToleranceSeconds, userClaim } = rules;
  try {
    const getKey: JWTVerifyGetKey = typeof key === "function" ? key : async () => key;
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...algorithms],
      ...(issuer === undefined ? {} : { issuer: [issuer].flat() }),
      ...(audience === undefined ? {} : { audience: [audience].flat() }),
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(now),
      // One that never ends could never be taken back.
      requiredClaims: ["exp"],
    });
    const named = payload[userClaim];
    const userId = userIdSchema.safeParse(typeof named === "number" ? String(named) : named);
    return userId.success ? { userId: userId.data, claims: payload } : { problem: "claims" };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function problemOf(error: unknown): JwtProblem {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === "nbf" ? "early" : "claims";
  if (error instanceof errors.JWKSInvalid) return "no_keys";
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return "malformed";
  return "forged";
}

/** Whether claims have one of the wanted values each; a claim that is a list must hold one of them. */
export function claimsHold(
  claims: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, readonly (string | number | boolean)[]>>,
): boolean {
  return Object.entries(wanted).every(([name, values]) => {
    const held: unknown = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return [held].flat().some((value) => (values as readonly unknown[]).includes(value));
  });
}
