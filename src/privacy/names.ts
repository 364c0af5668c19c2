// Names of objects: site, kind and a keyed hash of the visitor's id, so that kinds and sites never collide and no raw
// id stands in a name, a log line or a file. The naming key never rotates: names would change with it.
import { utf8 } from "../kernels/bytes.ts";
import { type HmacKey, hmac, toBase64Url } from "../kernels/digest.ts";

/** `a` for an anonymous id, `u` for a user id: the same text in both is two visitors. */
export type VisitorKind = "a" | "u";

export interface Visitor {
  readonly kind: VisitorKind;
  readonly id: string;
}

/** `site:kind:hash`, 22 characters of hash (128 bits). */
export async function objectName(site: string, { kind, id }: Visitor, namingKey: HmacKey): Promise<string> {
  const mac = await hmac(namingKey, utf8(`${site}\n${kind}\n${id}`), 16);
  return `${site}:${kind}:${toBase64Url(mac)}`;
}
