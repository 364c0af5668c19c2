// The decoded sections that an isolate holds, by what they are made of: versions, challengers and sites that share a section
// share its memory, and a new version reads only what changed. A section goes when the last snapshot that uses it goes.
// Only whole sections are held: a read belongs to the request that began it, and may never end when that is cut off.

interface Held {
  readonly part: unknown;
  readonly bytes: number;
  users: number;
}

export class SectionStore {
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  /** Of all that is held, as it is in R2. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A section, which may go while nobody holds it. */
  get(key: string): unknown {
    return this.#held.get(key)?.part;
  }

  /** Holds a section once more. @returns the one that is held under `key`, which is `part` when there was none */
  hold(key: string, bytes: number, part: unknown): unknown {
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { part, bytes, users: 0 };
      this.#held.set(key, held);
      this.#bytes += bytes;
    }
    held.users++;
    return held.part;
  }

  giveBack(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined || --held.users > 0) return;
    this.#held.delete(key);
    this.#bytes -= held.bytes;
  }
}
