import fc from "fast-check";
import { expect, test } from "vitest";
import { HashIndex } from "./hash-index.ts";

test("every place of every hash is found in the order of the list, and no other", () => {
  // Few different hashes, so that they repeat, and neighbours in the table, so that they collide.
  const hash = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(16, 32, 2 ** 31, 2 ** 32 - 1));
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 200 }), hash, (hashes, absent) => {
      const index = new HashIndex(Uint32Array.from(hashes));
      for (const wanted of new Set([...hashes, absent])) {
        const places: number[] = [];
        for (let place = index.first(wanted); place >= 0; place = index.next(place)) places.push(place);
        expect(places).toEqual(hashes.flatMap((value, at) => (value === wanted ? at : [])));
      }
    }),
  );
});
