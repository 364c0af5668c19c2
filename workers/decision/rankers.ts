// The rankers that an isolate holds: loaded once from R2, replaced when the pointer moves, never waited for longer than
// a stage's budget. A snapshot that does not fit is refused by name and the old one goes on ranking.
import { features, freshness } from "../../nowcast.config.ts";
import { createOnnxScorer, type OnnxScorer } from "../../src/inference/onnx-scorer.ts";
import { hash32 } from "../../src/kernels/hash.ts";
import { createRanker, type Ranker } from "../../src/ranking/ranker.ts";
import {
  EMPTY_POINTER,
  type ModelPointer,
  manifestKey,
  pointerKey,
  type SectionName,
  sectionKey,
  sectionsOf,
} from "../../src/snapshot/manifest.ts";
import { decodeSnapshot, readManifest, type SectionFiles } from "../../src/snapshot/snapshot.ts";
import { SnapshotError } from "../../src/snapshot/tensor-file.ts";

export interface RankerSource {
  /** R2, or a double. */
  readonly snapshots: {
    get(key: string): Promise<{ json(): Promise<unknown>; arrayBuffer(): Promise<ArrayBuffer> } | null>;
  };
  /** KV, or a double. */
  readonly siteConfig: { get(key: string, type: "json"): Promise<unknown> };
  readonly wasm: WebAssembly.Module;
  /** Resolves when the answers under way are out: ONNX blocks the isolate's thread for some 0.3 s when it starts. */
  readonly idle: () => Promise<void>;
  /** Keeps work alive after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly clock: () => number;
}

interface HeldSite {
  pointer: ModelPointer;
  readAt: number;
  refreshing: Promise<void> | null;
  refreshStartedAt: number;
  readonly rankers: Map<string, Ranker>;
  /** Why the last load failed, e.g. `snapshot_corrupt`. */
  problem: string | null;
}

const sites = new Map<string, HeldSite>();
/** A refresh that takes longer belongs to a request that was cut off. */
const REFRESH_STUCK_MS = 15_000;

/** The ranker for a visitor, loading it when this isolate has none. @param visitor '' when unknown */
export async function rankerFor(
  site: string,
  visitor: string,
  source: RankerSource,
): Promise<{ ranker: Ranker | null; reason?: string }> {
  const held = sites.get(site) ?? newSite();
  sites.set(site, held);
  const now = source.clock();
  const cold = held.rankers.size === 0;
  if (now - held.readAt >= (cold ? freshness.coldPointerMs : freshness.pointerMs)) {
    const refreshed = refresh(site, held, source, now);
    if (cold) await refreshed;
  }
  const ranker = choose(held, visitor);
  if (ranker !== null) return { ranker };
  return { ranker: null, reason: held.problem ?? "snapshot_missing" };
}

function newSite(): HeldSite {
  return {
    pointer: EMPTY_POINTER,
    readAt: Number.NEGATIVE_INFINITY,
    refreshing: null,
    refreshStartedAt: 0,
    rankers: new Map(),
    problem: null,
  };
}

/** A visitor stays with one version as long as shares stay; a version that is not loaded falls back to the champion. */
function choose({ pointer, rankers }: HeldSite, visitor: string): Ranker | null {
  const share = hash32(visitor, 0x5a) / 2 ** 32;
  let upTo = 0;
  for (const challenger of pointer.challengers) {
    upTo += challenger.share;
    if (visitor !== "" && share < upTo) return rankers.get(challenger.version) ?? champion(pointer, rankers);
  }
  return champion(pointer, rankers);
}

function champion(pointer: ModelPointer, rankers: Map<string, Ranker>): Ranker | null {
  // While a new champion loads, or when it was refused, whatever is held goes on.
  return rankers.get(pointer.champion ?? "") ?? rankers.values().next().value ?? null;
}

function refresh(site: string, held: HeldSite, source: RankerSource, now: number): Promise<void> {
  if (held.refreshing !== null && now - held.refreshStartedAt < REFRESH_STUCK_MS) return held.refreshing;
  held.refreshStartedAt = now;
  const refreshing = followPointer(site, held, source)
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

async function followPointer(site: string, held: HeldSite, source: RankerSource): Promise<void> {
  const pointer = ((await source.siteConfig.get(pointerKey(site), "json")) as ModelPointer | null) ?? EMPTY_POINTER;
  const wanted = [pointer.champion, ...pointer.challengers.map(({ version }) => version)].filter(
    (version) => version !== null,
  );
  let problem: unknown = null;
  for (const version of wanted) {
    if (held.rankers.has(version)) continue;
    try {
      const ranker = await loadRanker(site, version, source);
      held.rankers.set(version, ranker);
      source.waitUntil(source.idle().then(() => warmUp(ranker, source.wasm)));
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
      retire(ranker);
    }
  }
  if (problem !== null) throw problem;
  held.problem = null;
}

/** Rankers that left: an ONNX session that arrives for one is given back. */
const retired = new WeakSet<Ranker>();

function retire(ranker: Ranker): void {
  retired.add(ranker);
  void (ranker.onnx as OnnxScorer | null)?.release();
}

/** Loads, verifies and matches a version; its twin can score. @throws SnapshotError */
export async function loadRanker(
  site: string,
  version: string,
  { snapshots }: Pick<RankerSource, "snapshots">,
): Promise<Ranker> {
  const stored = await snapshots.get(manifestKey(site, version));
  if (stored === null) throw new SnapshotError("snapshot_missing", `there is no snapshot ${version} of site ${site}`);
  const manifest = readManifest(await stored.json());
  const files = await Promise.all(
    sectionsOf(manifest).map(async ([name, { sha256 }]): Promise<[SectionName, Uint8Array<ArrayBuffer>]> => {
      const section = await snapshots.get(sectionKey(sha256));
      if (section === null) throw new SnapshotError("snapshot_missing", `section ${name} of ${version} is not in R2`);
      return [name, new Uint8Array(await section.arrayBuffer())];
    }),
  );
  return createRanker(await decodeSnapshot(manifest, Object.fromEntries(files) as SectionFiles, version), features);
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
