// The statistics of one item as bytes: what a row of the ItemStats object and of a delta holds. Zeros take no room.
//
// Layout, little-endian: flags u8 | hour varint | impressions, clicks, carts, purchases varint | [revenue f64]
//   | [shown by bucket: varint each] | [fading sums: mask u16, f32 each] | [windows: mask u16, varint each]
//   | [views varint] | [placements: count u8; each hash u32, impressions, clicks varint, recent impressions, recent clicks f32]
import type { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { DECAYED_SUMS, type ItemState } from "./item-state.ts";
import { OUTCOMES_OF_ALL_VERSIONS } from "./outcomes.ts";
import { POSITION_BUCKETS } from "./position-curve.ts";
import { WINDOW_COUNTS } from "./window-counts.ts";

const REVENUE = 1;
const SHOWN = 2;
const FADING = 4;
const WINDOWS = 8;
const PLACEMENTS = 16;
const VIEWS = 32;
const KNOWN_FLAGS = 63;

export function writeState(writer: ByteWriter, state: ItemState): void {
  const { revenue, shownAt, decayed, windows, placements } = state;
  const some = (values: Float64Array | Uint32Array, flag: number): number => (values.some((n) => n !== 0) ? flag : 0);
  const flags =
    (revenue === 0 ? 0 : REVENUE) |
    some(shownAt, SHOWN) |
    some(decayed, FADING) |
    some(windows, WINDOWS) |
    (placements.length === 0 ? 0 : PLACEMENTS) |
    (state.views === 0 ? 0 : VIEWS);
  writer.u8(flags).varint(state.hour);
  for (const outcome of OUTCOMES_OF_ALL_VERSIONS) writer.varint(state[outcome]);
  if (flags & REVENUE) writer.f64(revenue);
  if (flags & SHOWN) for (const count of shownAt) writer.varint(count);
  if (flags & FADING) {
    writer.u16(maskOf(decayed));
    for (const sum of decayed) if (sum !== 0) writer.f32(sum);
  }
  if (flags & WINDOWS) {
    writer.u16(maskOf(windows));
    for (const count of windows) if (count !== 0) writer.varint(count);
  }
  if (flags & VIEWS) writer.varint(state.views);
  if (!(flags & PLACEMENTS)) return;
  writer.u8(placements.length);
  for (const { hash, impressions, clicks, recentImpressions, recentClicks } of placements) {
    writer.u32(hash).varint(impressions).varint(clicks).f32(recentImpressions).f32(recentClicks);
  }
}

/** @throws RangeError when the bytes are truncated or not a state */
export function readState(reader: ByteReader, state: ItemState): void {
  const flags = reader.u8();
  if (flags & ~KNOWN_FLAGS) throw new RangeError(`item statistics with unknown flags ${flags}`);
  state.hour = reader.varint();
  for (const outcome of OUTCOMES_OF_ALL_VERSIONS) state[outcome] = reader.varint();
  state.revenue = flags & REVENUE ? reader.f64() : 0;
  for (let at = 0; at < POSITION_BUCKETS; at++) state.shownAt[at] = flags & SHOWN ? reader.varint() : 0;
  const fading = flags & FADING ? reader.u16() : 0;
  for (let at = 0; at < DECAYED_SUMS; at++) state.decayed[at] = fading & (1 << at) ? reader.f32() : 0;
  const windows = flags & WINDOWS ? reader.u16() : 0;
  for (let at = 0; at < WINDOW_COUNTS; at++) state.windows[at] = windows & (1 << at) ? reader.varint() : 0;
  state.views = flags & VIEWS ? reader.varint() : 0;
  state.placements = [];
  for (let left = flags & PLACEMENTS ? reader.u8() : 0; left > 0; left--) {
    state.placements.push({
      hash: reader.u32(),
      impressions: reader.varint(),
      clicks: reader.varint(),
      recentImpressions: reader.f32(),
      recentClicks: reader.f32(),
    });
  }
}

function maskOf(values: Float64Array | Uint32Array): number {
  let mask = 0;
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) mask |= 1 << at;
  return mask;
}
