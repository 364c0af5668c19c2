// What the configuration says of who visitors are: consent to the cookie, the site's own JWT, and paths that need one.
import * as z from "zod";
import { atMost, ownPathSchema, patternSchema, remoteUrlSchema, valuesOf, word } from "./config-fields.ts";
import { SITE_LIMITS } from "./site-limits.ts";

/** Of a key set; a shared secret has the others. No configuration can mix them: that is how tokens are forged. */
const PUBLIC_KEY_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;
const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;

const claim = word;
const oneOrMore = z.union([word, valuesOf(word)]);

export const jwtSchema = z
  .strictObject({
    /** URL of the site's key set; its host is one that the deployment allows. */
    jwks: remoteUrlSchema.optional(),
    /** The secret NOWCAST_JWT_SECRET of the deployment. */
    sharedSecret: z.literal(true).optional(),
    algorithms: valuesOf(z.enum([...PUBLIC_KEY_ALGORITHMS, ...SECRET_ALGORITHMS])),
    issuer: oneOrMore.optional(),
    audience: oneOrMore.optional(),
    clockToleranceSeconds: z.int().min(0).max(SITE_LIMITS.clockToleranceSeconds).default(30),
    /** The claim that names the user. */
    userClaim: claim.default("sub"),
    /** Taken from `Authorization: Bearer`, and from this cookie where there is none. */
    cookie: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, "must be the name of a cookie")
      .optional(),
  })
  .refine(({ jwks, sharedSecret }) => (jwks === undefined) !== (sharedSecret === undefined), {
    message: "must have either `jwks` or `sharedSecret`",
  })
  .superRefine(({ jwks, algorithms }, context) => {
    const allowed: readonly string[] = jwks === undefined ? SECRET_ALGORITHMS : PUBLIC_KEY_ALGORITHMS;
    algorithms.forEach((algorithm, index) => {
      if (allowed.includes(algorithm)) return;
      context.addIssue({
        code: "custom",
        path: ["algorithms", index],
        message: `${jwks === undefined ? "a shared secret" : "a key set"} takes ${allowed.join(", ")}`,
        params: { limit: allowed.join(", ") },
      });
    });
  });

export const identitySchema = z.strictObject({
  /** No cookie, and nothing recorded, before the visitor has consented. */
  requireConsent: z.boolean().default(false),
  jwt: jwtSchema.optional(),
});

export const gateSchema = z.strictObject({
  /** Values that claims must have, one of each; none: any verified token will do. */
  claims: atMost(
    z.record(claim, valuesOf(z.union([word, z.number(), z.boolean()]))),
    SITE_LIMITS.claims,
    "claims",
  ).optional(),
  /** Where a browser without a token is sent; `{url}` becomes the page asked for. Without it: 401. */
  login: ownPathSchema.optional(),
  /** Nothing is asked for here: a path that stands open behind a wider gate. */
  open: z.literal(true).optional(),
});

export const gatesSchema = atMost(z.record(patternSchema, gateSchema), SITE_LIMITS.gates, "gates");

export type JwtConfig = z.infer<typeof jwtSchema>;
export type GateConfig = z.infer<typeof gateSchema>;
