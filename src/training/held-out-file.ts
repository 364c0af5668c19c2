// The lists that training held back, as DIR/holdout.bin: they stand by themselves, without the log and without an id of
// any visitor, so that any two snapshots can be compared on them later.
//
// Layout, little-endian: magic u16 | version u8 | checksum of all that follows u32
//   | id of the snapshot that was trained beside it, text | protocol text | items: length varint, bytes (catalog/delta.ts)
//   | lists: count varint, each ts f64 | visitor varint | view: length varint, bytes (profile/view-codec.ts)
//     | JSON text of { placement, request, context, relevant }
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { ItemTable } from "../catalog/item-table.ts";
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { hashBytes } from "../kernels/hash.ts";
import { decodeView } from "../profile/view-codec.ts";
import { placementSchema } from "../ranking/request.ts";
import { SnapshotError } from "../snapshot/tensor-file.ts";
import type { HeldOut, HeldOutList } from "./held-out.ts";

const MAGIC = 0x484e; // "NH"
const VERSION = 1;
const HEADER_BYTES = 7;

const protocolSchema = z.enum(["rerank", "next-item"]);
const statedSchema = z.object({
  placement: z.string(),
  request: placementSchema,
  context: z.unknown(),
  relevant: z.array(z.string()).min(1),
});

/** @param snapshot id of the manifest that was trained on what came before */
export function encodeHeldOut({ protocol, items, lists }: HeldOut, snapshot: string): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(items.length + lists.length * 1024);
  writer.u16(MAGIC).u8(VERSION).u32(0).text(snapshot).text(protocol);
  writer.varint(items.length).bytes(items).varint(lists.length);
  for (const { ts, visitor, view, placement, request, context, relevant } of lists) {
    writer.f64(ts).varint(visitor).varint(view.length).bytes(view);
    writer.text(JSON.stringify({ placement, request, context, relevant }));
  }
  const bytes = writer.finish();
  new DataView(bytes.buffer).setUint32(HEADER_BYTES - 4, hashBytes(bytes.subarray(HEADER_BYTES)), true);
  return bytes;
}

/** Reads every part, so that what is returned can be ranked. @throws SnapshotError `holdout_corrupt` saying what does not fit */
export function decodeHeldOut(bytes: Uint8Array<ArrayBuffer>): HeldOut & { readonly snapshot: string } {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u16() !== MAGIC) throw new RangeError("it does not begin as a file of held-out lists");
    const version = reader.u8();
    if (version !== VERSION) throw new RangeError(`it is of version ${version}, this code reads ${VERSION}`);
    if (reader.u32() !== hashBytes(bytes.subarray(HEADER_BYTES))) {
      throw new RangeError("it is truncated or damaged: its checksum is another");
    }
    const snapshot = reader.text();
    const protocol = protocolSchema.parse(reader.text());
    const items = Uint8Array.from(reader.bytes(reader.varint()));
    new ItemTable().apply(items);
    const lists = Array.from({ length: reader.varint() }, () => readList(reader));
    if (lists.length === 0) throw new RangeError("it holds no list");
    if (reader.remaining > 0) throw new RangeError(`${reader.remaining} bytes follow its end`);
    return { snapshot, protocol, items, lists };
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause).split("\n", 1)[0] : (cause as Error).message;
    throw new SnapshotError("holdout_corrupt", `the held-out lists cannot be read: ${reason}`, { cause });
  }
}

function readList(reader: ByteReader): HeldOutList {
  const ts = reader.f64();
  const visitor = reader.varint();
  const view = reader.bytes(reader.varint());
  decodeView(view);
  const stated = statedSchema.parse(JSON.parse(reader.text()));
  return { ts, visitor, view, ...stated };
}

const pathIn = (dir: string): string => join(dir, "holdout.bin");

/** Writes the lists beside their snapshot; with null takes away what an earlier training left there. */
export async function writeHeldOut(dir: string, heldOut: HeldOut | null, snapshot: string): Promise<void> {
  if (heldOut === null) await rm(pathIn(dir), { force: true });
  else await writeFile(pathIn(dir), encodeHeldOut(heldOut, snapshot));
}

/**
 * The lists beside a snapshot; null when none were held back.
 * @throws SnapshotError `holdout_corrupt`, also when they belong to another snapshot than `snapshot`
 */
export async function readHeldOut(dir: string, snapshot: string): Promise<HeldOut | null> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(await readFile(pathIn(dir)));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
  let heldOut: HeldOut & { readonly snapshot: string };
  try {
    heldOut = decodeHeldOut(bytes);
  } catch (cause) {
    throw new SnapshotError("holdout_corrupt", `${pathIn(dir)}: ${(cause as Error).message}`, { cause });
  }
  if (heldOut.snapshot !== snapshot) {
    const message = `${pathIn(dir)}: was held back from snapshot ${heldOut.snapshot}, the folder's is ${snapshot}`;
    throw new SnapshotError("holdout_corrupt", message);
  }
  return heldOut;
}
