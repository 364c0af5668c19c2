// The decision receipt: the `decisionId` is itself the signed record of what was decided. Whoever echoes it proves the
// exposure without a lookup, and nobody can make one up. At most 1 KB.
//
// Payload, little-endian: nonce u32 ×2 | site text | visitor hash u32 | at varint | seq varint | snapshot text
//   | item epoch varint | placements: count u8, each: name hash u32, strategy u8, items shown varint,
//   items listed u8, each: id hash u32, propensity u16 (65535 = 1)
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { toBase64Url } from "../kernels/digest.ts";
import { hash32 } from "../kernels/hash.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import { type SigningKeys, signText, verify } from "./signature.ts";

const PREFIX = "d1";
/** Bytes of payload that leave the whole receipt, base64url and signature included, within 1,024 characters. */
const MAX_PAYLOAD = 746;
const STRATEGIES = ["model", "session", "contextual", "popular", "default"] as const;

export interface ReceiptItem {
  readonly id: string;
  /** Probability with which the policy put this item here, in [0, 1]. */
  readonly propensity: number;
}

export interface ReceiptPlacement {
  readonly name: string;
  readonly strategy: (typeof STRATEGIES)[number];
  readonly items: readonly ReceiptItem[];
}

export interface Receipt {
  /** Makes two receipts of equal content differ: two random uint32. */
  readonly nonce: readonly [number, number];
  readonly site: string;
  /** Object name of the visitor; empty for a visitor unknown. */
  readonly visitor: string;
  /** Epoch ms. */
  readonly at: number;
  readonly seq: number;
  /** Empty while no snapshot ranks. */
  readonly snapshot: string;
  readonly itemEpoch: number;
  readonly placements: readonly ReceiptPlacement[];
}

/** A decision's name in the lake's table `decisions`: its nonce in 16 hexadecimal digits. */
export function decisionKey(nonce: Receipt["nonce"]): string {
  // Not nonce.map: a Uint32Array would make numbers of it again.
  return Array.from(nonce, (half) => half.toString(16).padStart(8, "0")).join("");
}

const hold = holdsLast();

/** The bytes that are signed, as base64url. */
export function receiptPayload(receipt: Receipt): string {
  const writer = new ByteWriter(256)
    .u32(receipt.nonce[0])
    .u32(receipt.nonce[1])
    .text(receipt.site)
    .u32(hash32(receipt.visitor))
    .varint(receipt.at)
    .varint(receipt.seq)
    .text(receipt.snapshot)
    .varint(receipt.itemEpoch)
    .u8(receipt.placements.length);
  const fixed = writer.length + receipt.placements.length * 10;
  const room = Math.floor((MAX_PAYLOAD - fixed) / 6);
  const each = Math.max(0, Math.floor(room / Math.max(1, receipt.placements.length)));
  for (const { name, strategy, items } of receipt.placements) {
    const listed = Math.min(items.length, each, 255);
    writer.u32(hash32(name)).u8(STRATEGIES.indexOf(strategy)).varint(items.length).u8(listed);
    for (const { id, propensity } of items.slice(0, listed)) {
      writer.u32(hash32(id)).u16(Math.round(propensity * 65535));
    }
  }
  hold(writer);
  return toBase64Url(writer.finish());
}

/** The `decisionId`. @param payload as {@link receiptPayload} gives it */
export function signReceipt(payload: string, keys: SigningKeys): Promise<string> {
  return signText(PREFIX, payload, keys);
}

/** A receipt as it reads back: names are known by their hash alone. */
export interface ReceiptRecord {
  /** See {@link decisionKey}. */
  readonly key: string;
  readonly site: string;
  readonly visitorHash: number;
  readonly at: number;
  readonly seq: number;
  readonly snapshot: string;
  readonly itemEpoch: number;
  readonly placements: readonly {
    readonly nameHash: number;
    readonly strategy: string;
    readonly shown: number;
    readonly items: readonly { readonly idHash: number; readonly propensity: number }[];
  }[];
}

/** Whether a `decisionId` claims to be a receipt; any other is a list id of the client's own. */
export function looksLikeReceipt(decisionId: string): boolean {
  return decisionId.startsWith(`${PREFIX}.`);
}

/** The record, or null when it was not signed by this deployment. */
export async function verifyReceipt(decisionId: string, keys: SigningKeys): Promise<ReceiptRecord | null> {
  const payload = await verify(PREFIX, decisionId, keys);
  return payload === null ? null : readReceipt(new ByteReader(payload));
}

/** Whether a receipt was given by `site` to `visitor` (an object name), or to a visitor who was not known then. */
export function isReceiptOf(record: ReceiptRecord | null, site: string, visitor: string): boolean {
  if (record === null || record.site !== site) return false;
  return record.visitorHash === hash32(visitor) || record.visitorHash === hash32("");
}

function readReceipt(reader: ByteReader): ReceiptRecord {
  const head = {
    key: decisionKey([reader.u32(), reader.u32()]),
    site: reader.text(),
    visitorHash: reader.u32(),
    at: reader.varint(),
    seq: reader.varint(),
    snapshot: reader.text(),
    itemEpoch: reader.varint(),
  };
  const placements = Array.from({ length: reader.u8() }, () => ({
    nameHash: reader.u32(),
    strategy: STRATEGIES[reader.u8()] ?? "unknown",
    shown: reader.varint(),
    items: Array.from({ length: reader.u8() }, () => ({ idHash: reader.u32(), propensity: reader.u16() / 65535 })),
  }));
  return { ...head, placements };
}
