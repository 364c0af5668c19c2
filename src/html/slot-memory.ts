// Which slots a page had when it was last seen, so that its next visitor's decision starts before the origin is asked. Bounded:
// the paths that were asked for longest ago are forgotten.
import type { Slot } from "./slots.ts";

const MAX_PATHS = 2_000;
/** A page that has fewer slots than were decided pays for nothing, one with more asks twice: neither is wrong. */
const MAX_SLOTS = 20;

export class SlotMemory {
  readonly #byPath = new Map<string, readonly Slot[]>();

  /** The slots of a path; null when it has not been seen. */
  known(path: string): readonly Slot[] | null {
    const slots = this.#byPath.get(path);
    if (slots === undefined) return null;
    this.#byPath.delete(path);
    this.#byPath.set(path, slots);
    return slots;
  }

  /** @returns whether that is news */
  learn(path: string, slots: readonly Slot[]): boolean {
    const before = this.#byPath.get(path);
    this.#byPath.delete(path);
    if (this.#byPath.size >= MAX_PATHS) this.#byPath.delete(this.#byPath.keys().next().value as string);
    const kept = slots.slice(0, MAX_SLOTS);
    this.#byPath.set(path, kept);
    return JSON.stringify(before) !== JSON.stringify(kept);
  }
}
