// Signed texts: `prefix.payload.signature`, base64url, HMAC-SHA256 cut to 128 bits. The first key signs; all verify, so
// that keys can be rotated without breaking what is out there.
import { utf8 } from "../kernels/bytes.ts";
import { equalBytes, fromBase64Url, type HmacKey, hmac, importHmacKey, toBase64Url } from "../kernels/digest.ts";

export interface SigningKeys {
  readonly current: HmacKey;
  readonly all: readonly HmacKey[];
}

const MAC_BYTES = 16;

/** @param secrets the newest first, at least one */
export async function importSigningKeys(secrets: readonly string[]): Promise<SigningKeys> {
  const all = await Promise.all(secrets.map(importHmacKey));
  const current = all[0];
  if (current === undefined) throw new RangeError("at least one signing key is needed");
  return { current, all };
}

export function sign(prefix: string, payload: Uint8Array, keys: SigningKeys): Promise<string> {
  return signText(prefix, toBase64Url(payload), keys);
}

/** @param payload base64url */
export async function signText(prefix: string, payload: string, keys: SigningKeys): Promise<string> {
  const text = `${prefix}.${payload}`;
  return `${text}.${toBase64Url(await hmac(keys.current, utf8(text), MAC_BYTES))}`;
}

/** The payload, or null when the text has another form, another prefix or a signature by none of the keys. */
export async function verify(prefix: string, signed: string, keys: SigningKeys): Promise<Uint8Array | null> {
  const [start, payload, signature, ...rest] = signed.split(".");
  if (start !== prefix || payload === undefined || signature === undefined || rest.length > 0) return null;
  const mac = fromBase64Url(signature);
  const bytes = fromBase64Url(payload);
  if (mac === null || bytes === null) return null;
  for (const key of keys.all) {
    if (equalBytes(mac, await hmac(key, utf8(`${prefix}.${payload}`), MAC_BYTES))) return bytes;
  }
  return null;
}
