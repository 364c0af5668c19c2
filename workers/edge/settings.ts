// The deployment's secrets, read once an isolate: API keys, signing keys (newest first) and the naming key.
import { type KeyRing, readKeyRing } from "../../src/http/keys.ts";
import { ProblemError } from "../../src/http/problem.ts";
import { type HmacKey, importHmacKey } from "../../src/kernels/digest.ts";
import { importSigningKeys, type SigningKeys } from "../../src/privacy/signature.ts";

export interface Settings {
  readonly keys: KeyRing;
  readonly signing: SigningKeys;
  readonly naming: HmacKey;
}

type Secrets = Pick<EdgeEnv, "NOWCAST_ENV" | "NOWCAST_KEYS" | "NOWCAST_SIGNING_KEYS" | "NOWCAST_NAMING_KEY">;

let held: { secrets: string; settings: Promise<Settings> } | null = null;

/** @throws ProblemError 503 naming the secrets that a deployment has not set */
export function settingsOf(env: Partial<Secrets>): Promise<Settings> {
  const missing = missingSecrets(env);
  if (missing.length > 0) {
    throw new ProblemError(503, "not_configured", `This deployment lacks the secrets ${missing.join(", ")}.`);
  }
  const { NOWCAST_KEYS = "", NOWCAST_SIGNING_KEYS = "", NOWCAST_NAMING_KEY = "" } = env;
  const secrets = [NOWCAST_KEYS, NOWCAST_SIGNING_KEYS, NOWCAST_NAMING_KEY].join("\n");
  if (held?.secrets !== secrets) {
    const keys = readKeyRing(NOWCAST_KEYS, isLocal(env));
    const signing = importSigningKeys(NOWCAST_SIGNING_KEYS.split(/\s+/).filter(Boolean));
    const naming = importHmacKey(NOWCAST_NAMING_KEY);
    const settings = Promise.all([signing, naming]).then(([signing, naming]) => ({ keys, signing, naming }));
    held = { secrets, settings };
  }
  return held.settings;
}

export function missingSecrets(env: Partial<Secrets>): string[] {
  return (["NOWCAST_KEYS", "NOWCAST_SIGNING_KEYS", "NOWCAST_NAMING_KEY"] as const).filter((name) => !env[name]?.trim());
}

export const isLocal = (env: Partial<Secrets>): boolean => env.NOWCAST_ENV === "local";
