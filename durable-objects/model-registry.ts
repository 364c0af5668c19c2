// Which snapshot ranks a site: champion, challengers with their shares, and what came before. Tiny and rarely written,
// hence itty-durable: the object's own fields are its state. Calls travel in a header, so arguments must be ASCII.
import { createDurable } from "itty-durable";
import type { ModelPointer } from "../src/snapshot/manifest.ts";

export interface RegistryVersion {
  readonly version: string;
  /** The manifest's id: what was published. */
  readonly id: string;
  /** Epoch ms. */
  readonly publishedAt: number;
}

export interface RegistryState extends ModelPointer {
  /** Newest last. */
  readonly versions: readonly RegistryVersion[];
  /** Champions before the present one, newest last. */
  readonly previous: readonly string[];
}

/** The calls as they look through `proxyDurable(…, { parse: true })`. */
export interface RegistryCalls {
  nextVersion(day: string): Promise<{ version: string }>;
  publish(version: string, id: string, publishedAt: number, share: number): Promise<RegistryState>;
  rollback(): Promise<RegistryState>;
  read(): Promise<RegistryState>;
}

const KEPT_VERSIONS = 50;

// biome-ignore lint/suspicious/noExplicitAny: itty-durable types its base class loosely
const Base = createDurable({ autoPersist: true }) as any;

export class ModelRegistry extends Base {
  declare champion: string | null;
  declare challengers: { version: string; share: number }[];
  declare versions: RegistryVersion[];
  declare previous: string[];
  declare counter: { day: string; count: number };

  constructor(state: DurableObjectState, env: ObjectsEnv) {
    super(state, env);
    this.champion = null;
    this.challengers = [];
    this.versions = [];
    this.previous = [];
    this.counter = { day: "", count: 0 };
  }

  /** Hands out `2026-11-22.3`: the day and a number that was not used before. */
  nextVersion(day: string): { version: string } {
    this.counter = { day, count: this.counter.day === day ? this.counter.count + 1 : 1 };
    return { version: `${day}.${this.counter.count}` };
  }

  /** Makes a version the champion (share 1), or a challenger with a share of the visitors. */
  publish(version: string, id: string, publishedAt: number, share: number): RegistryState {
    this.versions = [...this.versions, { version, id, publishedAt }].slice(-KEPT_VERSIONS);
    if (share < 1) {
      this.challengers = [...this.challengers, { version, share }];
    } else {
      if (this.champion !== null) this.previous = [...this.previous, this.champion].slice(-KEPT_VERSIONS);
      this.champion = version;
      this.challengers = [];
    }
    return this.read();
  }

  /** Back to the champion before; challengers end. Stays as it is when there is none. */
  rollback(): RegistryState {
    const before = this.previous.at(-1);
    if (before !== undefined) {
      this.previous = this.previous.slice(0, -1);
      this.champion = before;
      this.challengers = [];
    }
    return this.read();
  }

  read(): RegistryState {
    return {
      champion: this.champion,
      challengers: this.challengers,
      versions: this.versions,
      previous: this.previous,
    };
  }
}
