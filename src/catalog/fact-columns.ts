// The facts that rules ask for (rule-facts.ts) of all items of a table, in parallel typed arrays: 17 bytes an item and 4 a tag. Tags
// stand in one array; those of an item that changes are written behind the last ones, and the array is made anew when more than half
// of it is out of use.
import { grown } from "./placement-columns.ts";
import type { RuleFacts } from "./rule-facts.ts";

export class FactColumns {
  /** 1 when the catalogue told of the item: then what it did not name is not there, and else it is unknown. */
  known = new Uint8Array(16);
  /** hash32; 0 for none. */
  brand = new Uint32Array(16);
  /** Epoch ms; NaN when unknown. */
  publishedAt = new Float64Array(16).fill(Number.NaN);
  #tags = new Uint32Array(16);
  #first = new Uint32Array(16);
  #count = new Uint8Array(16);
  /** Behind the last tag. */
  #end = 0;
  #inUse = 0;

  /** @param isWanted of a tag's hash32 */
  hasAnyTag(slot: number, isWanted: (hash: number) => boolean): boolean {
    const first = this.#first[slot] as number;
    const end = first + (this.#count[slot] as number);
    for (let at = first; at < end; at++) if (isWanted(this.#tags[at] as number)) return true;
    return false;
  }

  read(slot: number): RuleFacts | null {
    if (this.known[slot] !== 1) return null;
    const first = this.#first[slot] as number;
    const tags = [...this.#tags.subarray(first, first + (this.#count[slot] as number))];
    return { brand: this.brand[slot] as number, publishedAt: this.publishedAt[slot] as number, tags };
  }

  /** @param facts null for an item of which the catalogue told nothing; of more than 255 tags the first */
  write(slot: number, facts: RuleFacts | null): void {
    const tags = facts?.tags.slice(0, 255) ?? [];
    this.known[slot] = facts === null ? 0 : 1;
    this.brand[slot] = facts?.brand ?? 0;
    this.publishedAt[slot] = facts?.publishedAt ?? Number.NaN;
    this.#inUse += tags.length - (this.#count[slot] as number);
    this.#count[slot] = 0;
    if (tags.length === 0) return;
    this.#makeRoom(tags.length);
    this.#tags.set(tags, this.#end);
    this.#first[slot] = this.#end;
    this.#count[slot] = tags.length;
    this.#end += tags.length;
  }

  grow(capacity: number): void {
    const before = this.publishedAt.length;
    this.known = grown(this.known, new Uint8Array(capacity));
    this.brand = grown(this.brand, new Uint32Array(capacity));
    this.publishedAt = grown(this.publishedAt, new Float64Array(capacity)).fill(Number.NaN, before);
    this.#first = grown(this.#first, new Uint32Array(capacity));
    this.#count = grown(this.#count, new Uint8Array(capacity));
  }

  clear(): void {
    this.known.fill(0);
    this.brand.fill(0);
    this.publishedAt.fill(Number.NaN);
    this.#count.fill(0);
    [this.#end, this.#inUse] = [0, 0];
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#tags.length) return;
    // What is in use moves together; the new array is half empty. To look at all slots pays only once in so many tags.
    let capacity = 16;
    while (capacity < 2 * this.#inUse + this.#count.length / 64) capacity *= 2;
    const moved = new Uint32Array(capacity);
    let end = 0;
    for (let slot = 0; slot < this.#count.length; slot++) {
      const [first, own] = [this.#first[slot] as number, this.#count[slot] as number];
      if (own === 0) continue;
      moved.set(this.#tags.subarray(first, first + own), end);
      this.#first[slot] = end;
      end += own;
    }
    this.#tags = moved;
    this.#end = end;
  }
}
