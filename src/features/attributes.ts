// What items are, column by column: numbers, booleans, names as one-hot or index, lengths of lists and texts, times. Each
// factory makes a feature for one field: `price`, `brand`, `attributes.colour`.
import { log1p } from "../kernels/elementary.ts";
import { nameHash } from "../snapshot/attributes.ts";
import { bounded, signedLog } from "./bounded.ts";
import type { Feature } from "./feature.ts";
import { candidateNames, itemNames, namesRequirement, numberReader, numberRequirement } from "./item-fields.ts";

const DAY_MS = 86_400_000;

export interface NumberOptions {
  /** signed_log: log(1 + |x|) with the sign of x, for what spans orders of magnitude. `plain` by default. */
  readonly scale?: "plain" | "signed_log";
}

/** A number and whether it is known; an unknown one counts as 0. */
export function numberField(field: string, { scale = "plain" }: NumberOptions = {}): Feature {
  const name = `number.${field}`;
  const value = scale === "plain" ? bounded : signedLog;
  return {
    name: scale === "plain" ? name : `${name}.${scale}`,
    version: 1,
    columns: ["value", "known"].map((column) => `${scale === "plain" ? name : `${name}.${scale}`}.${column}`),
    parameters: { field, scale },
    stage: "first",
    cost: scale === "plain" ? 10 : 20,
    requires: numberRequirement(field),
    fill(input, out, offset, stride) {
      const read = numberReader(input, field);
      for (let row = 0, at = offset; row < input.candidates.count; row++, at += stride) {
        const number = read(row);
        out[at] = value(number);
        out[at + 1] = Number.isNaN(number) ? 0 : 1;
      }
    },
  };
}

/** 1 for true, −1 for false, 0 when unknown. */
export function booleanField(field: string): Feature {
  return {
    name: `boolean.${field}`,
    version: 1,
    columns: [`boolean.${field}.value`],
    stage: "first",
    cost: 10,
    requires: [{ kind: "number", field }],
    fill(input, out, offset, stride) {
      const read = numberReader(input, field);
      for (let row = 0, at = offset; row < input.candidates.count; row++, at += stride) {
        const number = read(row);
        out[at] = Number.isNaN(number) ? 0 : number > 0 ? 1 : -1;
      }
    },
  };
}

/** A column for each of `values`: 1 where the item has that name. */
export function oneHot(field: string, values: readonly string[]): Feature {
  return {
    name: `one_hot.${field}`,
    version: 1,
    columns: values.map((value) => `one_hot.${field}.${value}`),
    parameters: { field, values },
    stage: "first",
    cost: 10 + 3 * values.length,
    requires: namesRequirement(field, "name"),
    fill(input, out, offset, stride) {
      const wanted = Uint32Array.from(values, nameHash);
      const names = candidateNames(input, field, itemNames(input, field, "name"));
      for (let row = 0, at = offset; row < input.candidates.count; row++, at += stride) {
        const name = names[row] as number;
        for (let i = 0; i < wanted.length; i++) out[at + i] = name !== 0 && name === wanted[i] ? 1 : 0;
      }
    },
  };
}

/** The item's name as its number in the snapshot's dictionary, from 1 by falling frequency; 0 for none and for rare ones. */
export function nameIndex(field: string): Feature {
  return {
    name: `index.${field}`,
    version: 1,
    columns: [`index.${field}.value`],
    stage: "first",
    cost: 10,
    requires: [{ kind: "name", field }],
    fill({ snapshot, candidates }, out, offset, stride) {
      const column = snapshot.attributes.name.get(field);
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const item = candidates.index[row] as number;
        out[at] = item < 0 || column === undefined ? 0 : column.indexAt(item) + 1;
      }
    },
  };
}

/** log(1 + entries) of a list. */
export function listSize(field: string): Feature {
  return sizeOf("list", `list_size.${field}`, field);
}

/** log(1 + words) of a text, up to 64. */
export function wordCount(field: string): Feature {
  return sizeOf("text", `word_count.${field}`, field);
}

function sizeOf(kind: "list" | "text", name: string, field: string): Feature {
  return {
    name,
    version: 1,
    columns: [`${name}.log`],
    stage: "first",
    cost: 20,
    requires: [{ kind, field }],
    fill({ snapshot, candidates }, out, offset, stride) {
      const starts = snapshot.attributes[kind].get(field)?.starts;
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const item = candidates.index[row] as number;
        const known = item >= 0 && starts !== undefined;
        out[at] = known ? log1p((starts[item + 1] as number) - (starts[item] as number)) : 0;
      }
    },
  };
}

/** Days between a time of the item and the decision: log(1 + days) since, or until; and whether it is known. */
export function timeSince(field: string): Feature {
  const name = `time_since.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.log_days_since`, `${name}.log_days_until`, `${name}.known`],
    stage: "first",
    cost: 20,
    requires: field === "publishedAt" ? [] : [{ kind: "time", field }],
    fill({ snapshot, candidates, now }, out, offset, stride) {
      const times = field === "publishedAt" ? snapshot.publishedAt : snapshot.attributes.time.get(field);
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const item = candidates.index[row] as number;
        const time = item < 0 || times === undefined ? Number.NaN : (times[item] as number);
        const days = bounded((now - time) / DAY_MS);
        out[at] = days > 0 ? log1p(days) : 0;
        out[at + 1] = days < 0 ? log1p(-days) : 0;
        out[at + 2] = Number.isNaN(time) ? 0 : 1;
      }
    },
  };
}
