// The decision Worker: RPC only. Holds snapshots and item data in its isolate, asks the visitor's object for one view,
// ranks, answers. The one Worker that carries onnxruntime-web.
import { WorkerEntrypoint } from "cloudflare:workers";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { budgets, lake } from "../../nowcast.config.ts";
import { itemEpochsName } from "../../src/catalog/item-shard.ts";
import { holdsLast } from "../../src/kernels/held-shapes.ts";
import { accumulateWith } from "../../src/kernels/normal-equations.ts";
import simd from "../../src/kernels/simd.wasm";
import { decisionRows, type LoggedDecision } from "../../src/lake/decision-rows.ts";
import { detachedMessages } from "../../src/lake/detached.ts";
import { groupForSending } from "../../src/lake/message.ts";
import { walkWith } from "../../src/ranking/packed-trees.ts";
import { prepareRetrieval } from "../../src/ranking/retrieve.ts";
import { SnapshotError } from "../../src/snapshot/tensor-file.ts";
import { runtimeTimer } from "../../src/telemetry/budget.ts";
import { cachedEpochs, directEpochs } from "./item-epochs.ts";
import { IsolateItems, type ItemSource } from "./items.ts";
import { IsolateRankers, openOnnx, type RankerSource } from "./rankers.ts";
import { readProfile } from "./read-profile.ts";
import { type DecisionRequest, type ProfileRead, runDecision } from "./run-decision.ts";
import { decodeRequest, encodeAnswer } from "./wire.ts";

/** Long enough for the decisions that found the isolate cold to be answered by the twin. */
const WARM_UP_AFTER_MS = 100;

accumulateWith(simd);
walkWith(simd);
const isolateItems = new IsolateItems();
const isolateRankers = new IsolateRankers();
const hold = holdsLast();

export interface SnapshotCheck {
  readonly ok: boolean;
  readonly code?: string;
  readonly reason?: string;
}

export class Decision extends WorkerEntrypoint<DecisionEnv> {
  /** @param text of a DecisionRequest. @returns that of a DecisionAnswer: see wire.ts */
  async decide(text: string): Promise<string> {
    const request = decodeRequest(text);
    const waitUntil = (work: Promise<unknown>): void => this.ctx.waitUntil(work);
    hold(this);
    const answer = await runDecision(request, {
      readProfile: (request) => this.#readProfile(request),
      ranker: ({ site, visitor }) => isolateRankers.rankerFor(site, visitor ?? "", this.#source(site)),
      items: (site) => isolateItems.fresh(site, () => this.#itemSource(site), waitUntil, Date.now),
      heldItems: (site) => isolateItems.held(site),
      log: (site, decision) => waitUntil(this.#log(site, decision)),
      timer: runtimeTimer,
      clock: Date.now,
      budgets,
    });
    return encodeAnswer(answer, request);
  }

  /** Loads a version as a decision would, ONNX included, and says what does not fit. Publication asks before it points. */
  async checkSnapshot(site: string, version: string): Promise<SnapshotCheck> {
    try {
      const { ranker, release } = await isolateRankers.load(site, version, this.#source(site));
      try {
        const onnx = await openOnnx(ranker, wasm);
        await onnx.release();
      } finally {
        release();
      }
      return { ok: true };
    } catch (error) {
      const code = error instanceof SnapshotError ? error.code : "snapshot_model";
      return { ok: false, code, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #readProfile(request: DecisionRequest): Promise<ProfileRead> {
    const read = readProfile(this.env.VISITOR_PROFILE, request);
    // Past its budget the decision goes on without the view, but the event must still be recorded.
    if (request.event !== null) this.ctx.waitUntil(read.catch(() => {}));
    return read;
  }

  /** Hands a decision to the lake: once, whatever the queue repeats, since its key makes its source. */
  async #log(site: string, decision: LoggedDecision): Promise<void> {
    try {
      // The matrix is encoded when the answer is out.
      await runtimeTimer(0).rings;
      const now = Date.now();
      const rows = decisionRows(decision, now).map((row) => JSON.stringify(row));
      const batch = { table: "decisions", site, name: `decision-${decision.key}`, rows } as const;
      for (const group of groupForSending(detachedMessages(batch, now, lake.shards))) {
        await this.env.EVENT_QUEUE.sendBatch(group.map((body) => ({ body, contentType: "text" as const })));
      }
    } catch (error) {
      console.error({ message: "a decision could not be logged", site, key: decision.key, error: String(error) });
    }
  }

  #itemSource(site: string): ItemSource {
    const direct = directEpochs(this.env.ITEM_EPOCHS.getByName(itemEpochsName(site)));
    const openCache = () => caches.open("nowcast-items");
    return { direct, cached: cachedEpochs(site, direct, openCache, (work) => this.ctx.waitUntil(work)) };
  }

  #source(site: string): RankerSource {
    return {
      prepare: ({ snapshot }) => prepareRetrieval(snapshot, isolateItems.held(site)),
      snapshots: this.env.SNAPSHOTS,
      siteConfig: this.env.SITE_CONFIG,
      wasm,
      scan: simd,
      idle: () => runtimeTimer(WARM_UP_AFTER_MS).rings,
      waitUntil: (work) => this.ctx.waitUntil(work),
      clock: Date.now,
    };
  }
}

export default {} satisfies ExportedHandler<DecisionEnv>;
