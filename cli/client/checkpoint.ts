// Where an import stands, in a file, so that one that was broken off goes on there. It belongs to one log (path and
// size) and one server, and disappears with the last record.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import * as z from "zod";
import { type ImportCounts, NO_COUNTS } from "./import-records.ts";
import { Ledger } from "./ledger.ts";

const count = z.int().min(0);
const fileSchema = z.object({
  version: z.literal(1),
  log: z.string(),
  url: z.string(),
  next: count,
  done: z.array(count),
  counts: z.object({
    events: count,
    accepted: count,
    duplicates: count,
    rejected: count,
    items: count,
    acceptedBefore: count,
  }),
});

export class Checkpoint {
  readonly path: string;
  readonly #log: string;
  readonly #url: string;

  /** @param folder where checkpoints are kept. @throws Error of the file system when there is no log */
  constructor(log: string, url: string, folder: string) {
    this.#log = resolve(log);
    this.#url = url;
    const identity = [this.#log, statSync(log).size, url].join("\n");
    this.path = join(folder, `${createHash("sha256").update(identity).digest("hex").slice(0, 16)}.json`);
  }

  /** What an earlier run left; nothing done when there was none or its file is unreadable. */
  load(): { ledger: Ledger; counts: ImportCounts } {
    try {
      const { next, done, counts } = fileSchema.parse(JSON.parse(readFileSync(this.path, "utf8")));
      return { ledger: new Ledger({ next, done }), counts };
    } catch {
      return { ledger: new Ledger(), counts: { ...NO_COUNTS } };
    }
  }

  /** Replaces the file in one step: whoever is killed here leaves the one before. */
  save(ledger: Ledger, counts: ImportCounts): void {
    mkdirSync(dirname(this.path), { recursive: true });
    const content = { version: 1, log: this.#log, url: this.#url, ...ledger.state(), counts };
    writeFileSync(`${this.path}.new`, JSON.stringify(content));
    renameSync(`${this.path}.new`, this.path);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
