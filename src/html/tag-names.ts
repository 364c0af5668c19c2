// Names of elements as numbers: a tag is told apart by its name's hash, so that scanning a page makes no string for each one.

/** FNV-1a over ASCII letters in lower case. */
export const NAME_SEED = 0x811c9dc5 | 0;

/** @param byte of a name; ASCII capitals count as small letters */
export function addToName(hash: number, byte: number): number {
  return Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
}

export function nameHash(name: string): number {
  let hash = NAME_SEED;
  for (let i = 0; i < name.length; i++) hash = addToName(hash, name.charCodeAt(i));
  return hash;
}

export function nameSet(names: string): ReadonlySet<number> {
  return new Set(names.split(" ").map(nameHash));
}
