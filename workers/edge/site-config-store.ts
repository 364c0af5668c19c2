// Where the site's configuration is kept. R2 holds the truth, since it can be written on a condition: of two editors who start
// from one version the second is refused. KV holds the copy that isolates read everywhere.
import { siteConfigKey } from "../../src/html/site-config.ts";

/** R2 and KV, as far as they are needed here. */
export interface ConfigStore {
  readonly bucket: {
    get(key: string): Promise<{ text(): Promise<string>; readonly httpEtag: string } | null>;
    /** Resolves to null where the condition does not hold. */
    put(key: string, text: string, options: { readonly onlyIf: Headers }): Promise<unknown>;
  };
  readonly copies: { put(key: string, text: string, options: { readonly metadata: CopyMetadata }): Promise<void> };
}

/** Beside the copy, so that a reader who has this version need not parse it again. */
export interface CopyMetadata {
  readonly version: number;
}

/** The document as it is stored, null before the first. */
export async function readStored(site: string, { bucket }: Pick<ConfigStore, "bucket">): Promise<string | null> {
  const found = await bucket.get(objectKey(site));
  return found === null ? null : found.text();
}

/** A document that fits the schema, as its editor wrote it. */
export interface StoredConfig {
  readonly version: number;
  readonly [part: string]: unknown;
}

/**
 * Stores `document` as the version after `expected`, where that is still the newest. Sending the same again does no harm.
 * @returns what is stored now, or the version that was found instead of the expected one
 * @throws when R2 or KV fail: to be sent again
 */
export async function storeConfig(
  site: string,
  document: object,
  expected: number,
  store: ConfigStore,
): Promise<{ readonly stored: StoredConfig } | { readonly conflict: number }> {
  const stored = { ...document, version: expected + 1 };
  const text = JSON.stringify(stored);
  const current = await store.bucket.get(objectKey(site));
  const before = current === null ? null : await current.text();
  if (versionOf(before) === expected) {
    const onlyIf = new Headers(current === null ? { "if-none-match": "*" } : { "if-match": current.httpEtag });
    await store.bucket.put(objectKey(site), text, { onlyIf });
  }
  // Whoever wrote it, this or an attempt before whose answer was lost: what counts is what is there.
  const after = await readStored(site, store);
  if (after !== text) return { conflict: versionOf(after) };
  await publishStored(site, store);
  return { stored };
}

/** Copies what is stored to KV, until the newest is there: another editor may have been faster at either place. */
export async function publishStored(site: string, store: ConfigStore): Promise<void> {
  let copied = -1;
  for (;;) {
    const text = await readStored(site, store);
    const version = versionOf(text);
    if (text === null || version === copied) return;
    const metadata: CopyMetadata = { version };
    await store.copies.put(siteConfigKey(site), text, { metadata });
    copied = version;
  }
}

const objectKey = (site: string): string => `site-config/site=${site}/current.json`;

function versionOf(text: string | null): number {
  return text === null ? 0 : (JSON.parse(text) as StoredConfig).version;
}
