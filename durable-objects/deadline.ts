// The one alarm of an object: set only when it moves earlier, since setting it writes a row.

export class Deadline {
  readonly #storage: DurableObjectStorage;
  /** When the alarm is set for, as far as this life of the object knows. */
  #at = Number.POSITIVE_INFINITY;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Has `alarm()` run at `time` (epoch ms) at the latest. Not awaited, so that it joins the caller's transaction. */
  by(time: number): void {
    if (time >= this.#at) return;
    this.#at = time;
    void this.#storage.setAlarm(time);
  }

  /** To be said first thing in `alarm()`: it has rung, and none is set. */
  rang(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }
}
