// What is touched after an item: the heaviest of its pairs, in bounded room. Space-Saving (Metwally et al. 2005) on fading
// counts, as Cormode et al. (ICDE 2009) have it: an item without a place takes that of the lightest, with its count as
// possible error, so that none that weighs more than a 32nd of all can be missed. What is served is the count less that
// error: what was seen for certain. Every sum is rounded to float32, so that it is the same wherever it is kept.
import type { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { factorAt, HALF_LIVES, landmarkOf, moved, weightOf } from "./decayed-counts.ts";
import type { ItemPair } from "./pairs.ts";

const HOUR_MS = 3_600_000;
/** Pairs of one first item that are counted. */
export const MAX_COUNTED = 32;
/** Of these, how many decisions see. */
export const MAX_SERVED = 20;
/** Pairs fade with a half-life of a day. */
const HALF_LIFE = HALF_LIVES.indexOf("1d");
/** A pair that weighs less, at the time of the item's newest one, is not served: a click 90 hours ago is 1/64. */
export const MIN_SERVED = 1 / 64;
const WEIGHT_UNIT = 1 / 256;

/** What an isolate knows of the pairs of one item. */
export interface ServedPairs {
  /** Hours since 1970 of the newest pair; 0 before any. */
  hour: number;
  /** All pairs together, those without a place too; at the landmark of `hour`, as the weights are. */
  total: number;
  /** Pairs served: so many of the arrays below, the heaviest first. */
  size: number;
  /** hash32 of the items touched next. */
  readonly next: Uint32Array;
  readonly weight: Float32Array;
}

export function noPairs(): ServedPairs {
  return { hour: 0, total: 0, size: 0, next: new Uint32Array(MAX_SERVED), weight: new Float32Array(MAX_SERVED) };
}

/** What turns weights at the landmark of `hour` into those at `now`. */
export function pairFactorAt(now: number, hour: number): number {
  return factorAt(now, HALF_LIFE, landmarkOf(hour * HOUR_MS, HALF_LIFE));
}

/** The counts of one item's pairs. */
export class Successors {
  /** Hours since 1970 of the newest pair; 0 before any. */
  hour = 0;
  /** Of all pairs; a value of float32, at the landmark of `hour`, as the counts are. */
  total = 0;
  size = 0;
  /** How many pairs may be served: see pair-budget.ts. */
  served = MAX_SERVED;
  readonly #next = new Uint32Array(MAX_COUNTED);
  readonly #count = new Float32Array(MAX_COUNTED);
  /** How much of the count may be of items that had the place before. */
  readonly #error = new Float32Array(MAX_COUNTED);

  add({ next, weight, at }: Pick<ItemPair, "next" | "weight" | "at">): void {
    const hour = Math.floor(at / HOUR_MS);
    if (hour > this.hour) this.#advance(hour);
    const amount = weightOf(at, HALF_LIFE, landmarkOf(this.hour * HOUR_MS, HALF_LIFE)) * weight * WEIGHT_UNIT;
    this.total = Math.fround(this.total + amount);
    const place = this.#placeOf(next);
    this.#count[place] = (this.#count[place] as number) + amount;
  }

  /** Puts what decisions see into `into`: of equal weights the smaller hash comes first. */
  serve(into: ServedPairs): void {
    const least = this.#atLandmark(MIN_SERVED, this.hour);
    const places: number[] = [];
    for (let at = 0; at < this.size; at++) if (this.#sure(at) >= least) places.push(at);
    places.sort((a, b) => this.#sure(b) - this.#sure(a) || (this.#next[a] as number) - (this.#next[b] as number));
    into.hour = this.hour;
    into.total = this.total;
    into.size = Math.min(places.length, this.served);
    for (let i = 0; i < into.size; i++) {
      into.next[i] = this.#next[places[i] as number] as number;
      into.weight[i] = this.#sure(places[i] as number);
    }
  }

  /** How many could be served that weigh at least `weight` in hour `hour`. */
  above(weight: number, hour: number): number {
    const least = this.#atLandmark(weight, hour);
    let count = 0;
    for (let at = 0; at < this.size; at++) if (this.#sure(at) >= least) count++;
    return Math.min(count, MAX_SERVED);
  }

  /** What a weight of hour `hour` is at the landmark of the counts. */
  #atLandmark(weight: number, hour: number): number {
    return weight / pairFactorAt(hour * HOUR_MS, this.hour);
  }

  /** What was seen for certain. */
  #sure(at: number): number {
    return (this.#count[at] as number) - (this.#error[at] as number);
  }

  /** Layout, little-endian: hour varint | total f32 | served u8 | count u8, each next u32, count f32, error f32. */
  write(writer: ByteWriter): void {
    writer.varint(this.hour).f32(this.total).u8(this.served).u8(this.size);
    for (let at = 0; at < this.size; at++) {
      writer
        .u32(this.#next[at] as number)
        .f32(this.#count[at] as number)
        .f32(this.#error[at] as number);
    }
  }

  /** @throws RangeError when the bytes are truncated or not successors */
  static read(reader: ByteReader): Successors {
    const read = new Successors();
    read.hour = reader.varint();
    read.total = reader.f32();
    read.served = reader.u8();
    read.size = reader.u8();
    if (read.served > MAX_SERVED || read.size > MAX_COUNTED) {
      throw new RangeError(`${read.size} pairs of one item, ${read.served} served: ${MAX_COUNTED} at most`);
    }
    for (let at = 0; at < read.size; at++) {
      read.#next[at] = reader.u32();
      read.#count[at] = reader.f32();
      read.#error[at] = reader.f32();
    }
    return read;
  }

  /** Where `next` is counted; a newcomer that finds no room takes the place of the lightest, of equals the first. */
  #placeOf(next: number): number {
    let lightest = 0;
    for (let at = 0; at < this.size; at++) {
      if (this.#next[at] === next) return at;
      if ((this.#count[at] as number) < (this.#count[lightest] as number)) lightest = at;
    }
    const place = this.size < MAX_COUNTED ? this.size++ : lightest;
    this.#next[place] = next;
    this.#error[place] = this.#count[place] as number;
    return place;
  }

  #advance(hour: number): void {
    const [from, to] = [landmarkOf(this.hour * HOUR_MS, HALF_LIFE), landmarkOf(hour * HOUR_MS, HALF_LIFE)];
    this.hour = hour;
    if (from === to) return;
    this.total = moved(this.total, from, to);
    for (let at = 0; at < this.size; at++) {
      this.#count[at] = moved(this.#count[at] as number, from, to);
      this.#error[at] = moved(this.#error[at] as number, from, to);
    }
  }
}

/** Layout in a delta, little-endian: hour varint | total f32 | count u8, each next u32, weight f32. */
export function writeServed(writer: ByteWriter, { hour, total, size, next, weight }: ServedPairs): void {
  writer.varint(hour).f32(total).u8(size);
  for (let at = 0; at < size; at++) writer.u32(next[at] as number).f32(weight[at] as number);
}

/** @throws RangeError when the bytes are truncated or not pairs */
export function readServed(reader: ByteReader, into: ServedPairs): void {
  into.hour = reader.varint();
  into.total = reader.f32();
  into.size = reader.u8();
  if (into.size > MAX_SERVED) throw new RangeError(`${into.size} pairs of one item, ${MAX_SERVED} at most`);
  for (let at = 0; at < into.size; at++) {
    into.next[at] = reader.u32();
    into.weight[at] = reader.f32();
  }
}
