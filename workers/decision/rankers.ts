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
  SECTIONS,
  type SectionName,
  sectionKey,
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
  for (const version of wanted) {
    if (!held.rankers.has(version)) held.rankers.set(version, await loadRanker(site, version, source));
  }
  held.pointer = pointer;
  held.problem = null;
  for (const [version, ranker] of held.rankers) {
    if (wanted.includes(version)) continue;
    held.rankers.delete(version);
    void (ranker.onnx as OnnxScorer | null)?.release();
  }
}

/** Loads, verifies and matches a version. ONNX is warmed up afterwards: until then the twin scores. @throws SnapshotError */
export async function loadRanker(site: string, version: string, source: RankerSource): Promise<Ranker> {
  const stored = await source.snapshots.get(manifestKey(site, version));
  if (stored === null) throw new SnapshotError("snapshot_missing", `there is no snapshot ${version} of site ${site}`);
  const manifest = readManifest(await stored.json());
  const files = await Promise.all(
    SECTIONS.map(async (name): Promise<[SectionName, Uint8Array<ArrayBuffer>]> => {
      const section = await source.snapshots.get(sectionKey(manifest.sections[name].sha256));
      if (section === null) throw new SnapshotError("snapshot_missing", `section ${name} of ${version} is not in R2`);
      return [name, new Uint8Array(await section.arrayBuffer())];
    }),
  );
  const snapshot = await decodeSnapshot(manifest, Object.fromEntries(files) as SectionFiles, version);
  const ranker = createRanker(snapshot, features);
  source.waitUntil(
    warmUp(ranker, source.wasm).catch((error) => {
      console.error({
        message: "ONNX could not be warmed up: the twin goes on scoring",
        version,
        error: String(error),
      });
    }),
  );
  return ranker;
}

/** @throws OnnxModelError when the model is not a ranker over these columns */
export async function warmUp(ranker: Ranker, wasm: WebAssembly.Module): Promise<void> {
  ranker.onnx = await createOnnxScorer({ model: ranker.snapshot.onnx, wasm, columns: ranker.features.width });
}
