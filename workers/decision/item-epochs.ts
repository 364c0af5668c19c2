// How isolates read the epochs of item data: from the site's ItemEpochs object, through the Cache API of the data centre, so
// that the object is asked about once a second by each of them, however many isolates it has. What an epoch is never
// changes, so all but the head may be kept for as long as it is wanted. The cache is best effort: whatever fails in it is a miss.
import type { ItemHead } from "../../durable-objects/item-messages.ts";
import { checkDelta } from "../../src/catalog/delta.ts";
import { utf8 } from "../../src/kernels/bytes.ts";

/** Bytes are deltas; what is not there is a RangeError. */
export interface EpochSource {
  head(): Promise<ItemHead>;
  /** What changed after epoch `from` up to that of `head`. */
  range(head: ItemHead, from: number): Promise<Uint8Array>;
  /** The whole catalogue as of the base of `head`. */
  base(head: ItemHead): Promise<Uint8Array>;
}

/** What is needed of a Cache. */
export interface ResponseCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

const HEAD_SECONDS = 1;
const DELTA_SECONDS = 3600;

/**
 * Where the range that brings a table up to the head should start: not at its own epoch but at one rounded down, so that
 * isolates that are some epochs apart ask for the same range. Below three times as many epochs as are missing.
 */
export function rangeStart(epoch: number, { epoch: newest, oldest }: Pick<ItemHead, "epoch" | "oldest">): number {
  let step = 1;
  while (step < newest - epoch) step *= 2;
  return Math.max(oldest, epoch - (epoch % step));
}

/** The sequencer as it is called, or a double. */
export interface EpochsObject {
  head(): Promise<ItemHead>;
  range(from: number, to: number): Promise<Uint8Array | null>;
  base(epoch: number): Promise<ReadableStream | null>;
}

/** The object itself. */
export function directEpochs(stub: EpochsObject): EpochSource {
  return {
    head: async () => stub.head(),
    async range(head, from) {
      const bytes = await stub.range(from, head.epoch);
      if (bytes === null) throw new RangeError(`epochs ${from} to ${head.epoch} are not kept`);
      return bytes;
    },
    async base(head) {
      const stream = await stub.base(head.base);
      if (stream === null) throw new RangeError(`there is no base of epoch ${head.base}`);
      return new Uint8Array(await new Response(stream).arrayBuffer());
    },
  };
}

/** The same with a cache in front. @param waitUntil takes the writes, for which no decision waits */
export function cachedEpochs(
  site: string,
  direct: EpochSource,
  openCache: () => Promise<ResponseCache>,
  waitUntil: (work: Promise<unknown>) => void,
): EpochSource {
  const urlOf = (path: string): string => `https://items.nowcast.invalid/2/${encodeURIComponent(site)}/${path}`;

  /** What stands in the cache under `path` when `check` finds nothing wrong with it; what the object says otherwise. */
  async function through<T>(
    path: string,
    seconds: number,
    read: () => Promise<Uint8Array>,
    check: (bytes: Uint8Array) => T,
  ): Promise<T> {
    const url = urlOf(path);
    const cache = await openCache().catch(() => null);
    const hit = await cache?.match(url).catch(() => undefined);
    if (hit?.ok) {
      try {
        return check(new Uint8Array(await hit.arrayBuffer()));
      } catch (error) {
        console.warn({ message: "a damaged entry of the cache is read anew", site, path, error: String(error) });
      }
    }
    const bytes = await read();
    const checked = check(bytes);
    if (cache !== null) {
      const headers = { "cache-control": `max-age=${seconds}`, "content-type": "application/octet-stream" };
      waitUntil(cache.put(url, new Response(bytes as BodyInit, { headers })).catch(() => {}));
    }
    return checked;
  }

  function delta(path: string, from: number, to: number, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    return through(path, DELTA_SECONDS, read, (bytes) => {
      checkDelta(bytes, from, to);
      return bytes;
    });
  }

  return {
    head: () => through("head", HEAD_SECONDS, async () => utf8(JSON.stringify(await direct.head())), readHead),
    range: (head, from) =>
      delta(`${head.incarnation}/range/${from}-${head.epoch}`, from, head.epoch, () => direct.range(head, from)),
    base: (head) => delta(`${head.incarnation}/base/${head.base}`, 0, head.base, () => direct.base(head)),
  };
}

/** @throws RangeError when the bytes are not a head */
function readHead(bytes: Uint8Array): ItemHead {
  let head: Partial<ItemHead> | null;
  try {
    head = JSON.parse(new TextDecoder().decode(bytes)) as Partial<ItemHead> | null;
  } catch (cause) {
    throw new RangeError("the head of item data is not JSON", { cause });
  }
  const { incarnation, epoch, base, oldest } = head ?? {};
  if (typeof incarnation !== "string" || !isEpoch(epoch) || !isEpoch(base) || !isEpoch(oldest)) {
    throw new RangeError("the head of item data lacks a field");
  }
  if (base > epoch || oldest > epoch) throw new RangeError("the head of item data is before its own base");
  return { incarnation, epoch, base, oldest };
}

function isEpoch(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
