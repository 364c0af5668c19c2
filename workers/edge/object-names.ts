// Names of visitors' objects, as far as this isolate knows them: a keyed hash for every event would cost more than reading it.
import { objectName, type Visitor } from "../../src/privacy/names.ts";
import type { EdgeContext } from "./context.ts";

const MAX_NAMES = 10_000;
let names = new Map<string, string>();
/** A key that changes makes other names. */
let madeWith: CryptoKey | null = null;

/** The name of a visitor's object on the caller's site. */
export async function nameOfVisitor(c: EdgeContext, visitor: Visitor): Promise<string> {
  const [credential, settings] = [c.get("credential"), c.get("settings")];
  if (madeWith !== settings.naming || names.size >= MAX_NAMES) {
    names = new Map();
    madeWith = settings.naming;
  }
  const key = `${credential.site}\n${visitor.kind}\n${visitor.id}`;
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = await objectName(credential.site, visitor, settings.naming);
  names.set(key, name);
  return name;
}
