// The rankers that an isolate holds: loaded once from R2, replaced when the pointer moves, never waited for longer than
// a stage's budget. A snapshot that does not fit is refused by name and the old one goes on ranking. Versions share the
// sections that are the same, and sites share one budget of memory.
import { features, freshness, snapshots as limits } from "../../nowcast.config.ts";
import { createOnnxScorer, type OnnxScorer } from "../../src/inference/onnx-scorer.ts";
import { hash32 } from "../../src/kernels/hash.ts";
import { letGoOfHeld } from "../../src/kernels/held-shapes.ts";
import { createRanker, type Ranker } from "../../src/ranking/ranker.ts";
import { loadManifest, loadSnapshot, missingBytes, type SnapshotBucket } from "../../src/snapshot/load-snapshot.ts";
import { EMPTY_POINTER, type ModelPointer, pointerKey } from "../../src/snapshot/manifest.ts";
import { SectionStore } from "../../src/snapshot/section-store.ts";
import { SnapshotError } from "../../src/snapshot/tensor-file.ts";

export interface RankerSource {
  readonly snapshots: SnapshotBucket;
  /** KV, or a double. */
  readonly siteConfig: { get(key: string, type: "json"): Promise<unknown> };
  readonly wasm: WebAssembly.Module;
  /** src/kernels/simd.wasm, where there is one. */
  readonly scan: WebAssembly.Module | null;
  /** Makes what decisions would make at their first use, before the ranker serves any. */
  readonly prepare?: (ranker: Ranker) => void;
  /** Resolves when the answers under way are out: ONNX blocks the isolate's thread for some 0.3 s when it starts. */
  readonly idle: () => Promise<void>;
  /** Keeps work alive after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly clock: () => number;
}

/** A ranker with what it holds of the isolate's memory. */
export interface HeldRanker {
  readonly ranker: Ranker;
  release(): void;
}

interface HeldSite {
  pointer: ModelPointer;
  readAt: number;
  refreshing: Promise<void> | null;
  refreshStartedAt: number;
  readonly rankers: Map<string, HeldRanker>;
  /** When a decision last asked for it. */
  usedAt: number;
  /** Why the last load failed, e.g. `snapshot_corrupt`. */
  problem: string | null;
}

/** A refresh that takes longer belongs to a request that was cut off. */
const REFRESH_STUCK_MS = 15_000;

export class IsolateRankers {
  readonly #budgetBytes: number;
  readonly #sites = new Map<string, HeldSite>();
  readonly #sections = new SectionStore();

  /** @param budgetBytes of the sections of all sites; one site alone may have more */
  constructor(budgetBytes: number = limits.isolateBytes) {
    this.#budgetBytes = budgetBytes;
  }

  /** The ranker for a visitor, loading it when this isolate has none. @param visitor '' when unknown */
  async rankerFor(
    site: string,
    visitor: string,
    source: RankerSource,
  ): Promise<{ ranker: Ranker | null; reason?: string }> {
    const held = this.#sites.get(site) ?? newSite();
    this.#sites.set(site, held);
    const now = source.clock();
    held.usedAt = now;
    const cold = held.rankers.size === 0;
    if (now - held.readAt >= (cold ? freshness.coldPointerMs : freshness.pointerMs)) {
      const refreshed = this.#refresh(site, held, source, now);
      if (cold) await refreshed;
    }
    const ranker = choose(held, visitor);
    if (ranker !== null) return { ranker };
    return { ranker: null, reason: held.problem ?? "snapshot_missing" };
  }

  /**
   * Loads, verifies and matches a version; its twin can score. Sections that the isolate holds are not read again.
   * @throws SnapshotError
   */
  async load(
    site: string,
    version: string,
    source: Pick<RankerSource, "snapshots" | "scan" | "idle" | "waitUntil">,
  ): Promise<HeldRanker> {
    const manifest = await loadManifest(site, version, source.snapshots);
    this.#makeRoom(site, missingBytes(manifest, this.#sections), source);
    const { snapshot, release } = await loadSnapshot(manifest, version, { ...source, sections: this.#sections });
    try {
      return { ranker: createRanker(snapshot, features), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #refresh(site: string, held: HeldSite, source: RankerSource, now: number): Promise<void> {
    if (held.refreshing !== null && now - held.refreshStartedAt < REFRESH_STUCK_MS) return held.refreshing;
    held.refreshStartedAt = now;
    const refreshing = this.#followPointer(site, held, source)
      .catch((error: unknown) => {
        held.problem = error instanceof SnapshotError ? error.code : "snapshot_failed";
        console.error({ message: "the snapshot could not be loaded", site, error: String(error) });
      })
      .finally(() => {
        held.readAt = source.clock();
        held.refreshing = null;
      });
    held.refreshing = refreshing;
    source.waitUntil(refreshing);
    return refreshing;
  }

  async #followPointer(site: string, held: HeldSite, source: RankerSource): Promise<void> {
    const pointer = ((await source.siteConfig.get(pointerKey(site), "json")) as ModelPointer | null) ?? EMPTY_POINTER;
    const wanted = [pointer.champion, ...pointer.challengers.map(({ version }) => version)].filter(
      (version) => version !== null,
    );
    let problem: unknown = null;
    for (const version of wanted) {
      if (held.rankers.has(version)) continue;
      try {
        const loaded = await this.load(site, version, source);
        if (held.rankers.has(version) || this.#sites.get(site) !== held) {
          // A refresh that was taken for dead brought it meanwhile, or the site had to go.
          loaded.release();
          continue;
        }
        try {
          source.prepare?.(loaded.ranker);
        } catch (error) {
          loaded.release();
          throw error;
        }
        held.rankers.set(version, loaded);
        // What other sites have loaded meanwhile was not there yet when room was made.
        this.#makeRoom(site, 0, source);
        // Some 0.3 s of the isolate's thread and 30 MB: for models that nothing else computes (docs/decisions/0009).
        if (loaded.ranker.needsOnnx) source.waitUntil(source.idle().then(() => warmUp(loaded.ranker, source.wasm)));
      } catch (error) {
        // A challenger that does not fit must not keep a champion from ranking, nor the other way round.
        problem ??= error;
      }
    }
    // Without the new champion the old pointer stands, and what it names goes on ranking.
    if (pointer.champion === null || held.rankers.has(pointer.champion)) {
      held.pointer = pointer;
      for (const [version, ranker] of held.rankers) {
        if (wanted.includes(version)) continue;
        held.rankers.delete(version);
        retire(ranker, source);
      }
    }
    if (problem !== null) throw problem;
    held.problem = null;
  }

  /**
   * Lets go of the sites that were least recently asked for until `bytes` more fit the budget; never of `site`, which has to
   * rank meanwhile. They are loaded again when they are asked for.
   */
  #makeRoom(site: string, bytes: number, source: Pick<RankerSource, "idle" | "waitUntil">): void {
    const others = [...this.#sites].filter(([name, { rankers }]) => name !== site && rankers.size > 0);
    others.sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [name, { rankers }] of others) {
      if (this.#sections.bytes + bytes <= this.#budgetBytes) return;
      this.#sites.delete(name);
      for (const held of rankers.values()) retire(held, source);
    }
  }
}

function newSite(): HeldSite {
  return {
    pointer: EMPTY_POINTER,
    readAt: Number.NEGATIVE_INFINITY,
    refreshing: null,
    refreshStartedAt: 0,
    rankers: new Map(),
    usedAt: 0,
    problem: null,
  };
}

/** A visitor stays with one version as long as shares stay; a version that is not loaded falls back to the champion. */
function choose({ pointer, rankers }: HeldSite, visitor: string): Ranker | null {
  const share = hash32(visitor, 0x5a) / 2 ** 32;
  let upTo = 0;
  for (const challenger of pointer.challengers) {
    upTo += challenger.share;
    if (visitor !== "" && share < upTo) return rankers.get(challenger.version)?.ranker ?? champion(pointer, rankers);
  }
  return champion(pointer, rankers);
}

function champion(pointer: ModelPointer, rankers: ReadonlyMap<string, HeldRanker>): Ranker | null {
  // While a new champion loads, or when it was refused, whatever is held goes on.
  return (rankers.get(pointer.champion ?? "") ?? rankers.values().next().value)?.ranker ?? null;
}

/** Rankers that left: an ONNX session that arrives for one is given back. */
const retired = new WeakSet<Ranker>();

/**
 * Its sections may go at once, a decision under way holds what it reads; its ONNX session stays until that is out. So that they
 * do go, nothing of decisions that are over holds on to them: what comes may need their room.
 */
function retire({ ranker, release }: HeldRanker, source: Pick<RankerSource, "idle" | "waitUntil">): void {
  retired.add(ranker);
  release();
  letGoOfHeld();
  const whenOut = (): Promise<void> | undefined => {
    letGoOfHeld();
    return (ranker.onnx as OnnxScorer | null)?.release();
  };
  source.waitUntil(source.idle().then(whenOut));
}

/** Starts ONNX for a ranker. Where that fails the twin goes on scoring, and decisions say so. */
async function warmUp(ranker: Ranker, wasm: WebAssembly.Module): Promise<void> {
  if (retired.has(ranker)) return;
  try {
    const onnx = await openOnnx(ranker, wasm);
    if (retired.has(ranker)) await onnx.release();
    else ranker.onnx = onnx;
  } catch (error) {
    ranker.onnxFailed = true;
    const { version } = ranker.snapshot;
    console.error({ message: "ONNX did not start: the twin goes on scoring", version, error: String(error) });
  }
}

/** A session for the ranker's model, to be released. @throws OnnxModelError when it is no ranker over these columns */
export function openOnnx(ranker: Ranker, wasm: WebAssembly.Module): Promise<OnnxScorer> {
  return createOnnxScorer({ model: ranker.snapshot.onnx, wasm, columns: ranker.features.width });
}
