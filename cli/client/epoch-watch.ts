// How fresh the item statistics behind decisions are: the epoch that each used, beside the newest that there was.
import type { Client } from "./client.ts";

const POLL_MS = 1_000;

/** Compares the epochs of decisions with the newest that there is, asked for now and then. */
export class EpochWatch {
  readonly #client: Client;
  #newest: number;
  #askedAt: number;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;
  #lags = 0;
  #lagMax = 0;
  #count = 0;

  constructor(client: Client, newest: number) {
    this.#client = client;
    this.#newest = newest;
    this.#askedAt = client.transport.ports.now();
  }

  async note(epoch: number): Promise<void> {
    const now = this.#client.transport.ports.now();
    if (now - this.#askedAt >= POLL_MS) {
      this.#askedAt = now;
      this.#newest = (await this.#client.lakeStatus()).itemEpoch;
    }
    const lag = Math.max(0, this.#newest - epoch);
    this.#min = Math.min(this.#min, epoch);
    this.#max = Math.max(this.#max, epoch);
    this.#lagMax = Math.max(this.#lagMax, lag);
    this.#lags += lag;
    this.#count++;
  }

  summary() {
    const { lagMean, min } =
      this.#count === 0 ? { lagMean: 0, min: 0 } : { lagMean: this.#lags / this.#count, min: this.#min };
    return { min, max: this.#max, lagMean, lagMax: this.#lagMax };
  }
}
