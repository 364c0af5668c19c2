// Products of the columns of two features, so that a linear ranker can use what is the same for a whole list: "on a phone"
// times "price" is a weight of the price for phones.
import type { Feature } from "./feature.ts";
import { entryOf } from "./feature-entry.ts";

/** Every column of `a` times every column of `b`. @throws RangeError for features of different stages */
export function crossed(a: Feature, b: Feature): Feature {
  if (a.stage !== b.stage) throw new RangeError(`${a.name} and ${b.name} are filled in different stages`);
  const name = `crossed.${a.name}.${b.name}`;
  const width = a.columns.length + b.columns.length;
  return {
    name,
    // A change of either is a change of their product.
    version: a.version * 1000 + b.version,
    // Name and version join those of both, and different pairs may join to the same: this tells them apart.
    parameters: [entryOf(a), entryOf(b)],
    columns: a.columns.flatMap((left) => b.columns.map((right) => `${name}.${tail(left, a)}_${tail(right, b)}`)),
    stage: a.stage,
    cost: a.cost + b.cost + 2 * a.columns.length * b.columns.length,
    requires: [...(a.requires ?? []), ...(b.requires ?? [])],
    ...(a.listwise || b.listwise ? { listwise: true } : {}),
    fill(input, out, offset, stride) {
      const factors = new Float32Array(input.candidates.count * width);
      a.fill(input, factors, 0, width);
      b.fill(input, factors, a.columns.length, width);
      for (let row = 0, at = offset, from = 0; row < input.candidates.count; row++, at += stride, from += width) {
        let column = at;
        for (let left = from; left < from + a.columns.length; left++) {
          for (let right = from + a.columns.length; right < from + width; right++) {
            const product = (factors[left] as number) * (factors[right] as number);
            out[column++] = Math.abs(product) <= LARGEST ? product : 0;
          }
        }
      }
    },
  };
}

/** Beyond float32 nothing is left to learn from. */
const LARGEST = 3e38;

function tail(column: string, { name }: Feature): string {
  return column.slice(name.length + 1);
}
