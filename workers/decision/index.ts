// The decision Worker: RPC only. Holds snapshots and item data in its isolate, asks the visitor's object for one view,
// ranks, answers. The one Worker that carries onnxruntime-web.
import { WorkerEntrypoint } from "cloudflare:workers";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { budgets, profile as profileConfig } from "../../nowcast.config.ts";
import { SnapshotError } from "../../src/snapshot/tensor-file.ts";
import { runtimeTimer } from "../../src/telemetry/budget.ts";
import { freshItems, heldItems } from "./items.ts";
import { loadRanker, openOnnx, type RankerSource, rankerFor } from "./rankers.ts";
import { type DecisionAnswer, type DecisionRequest, runDecision } from "./run-decision.ts";

/** Long enough for the decisions that found the isolate cold to be answered by the twin. */
const WARM_UP_AFTER_MS = 100;

export interface SnapshotCheck {
  readonly ok: boolean;
  readonly code?: string;
  readonly reason?: string;
}

export class Decision extends WorkerEntrypoint<DecisionEnv> {
  async decide(request: DecisionRequest): Promise<DecisionAnswer> {
    const waitUntil = (work: Promise<unknown>): void => this.ctx.waitUntil(work);
    return runDecision(request, {
      readProfile: ({ visitor, event }) => this.#readProfile(visitor ?? "", event),
      ranker: ({ site, visitor }) => rankerFor(site, visitor ?? "", this.#source()),
      items: (site) => freshItems(site, this.env.ITEM_STATS, waitUntil, Date.now),
      heldItems,
      timer: runtimeTimer,
      clock: Date.now,
      budgets,
      sessionTimeoutMs: profileConfig.sessionTimeoutMs,
    });
  }

  /** Loads a version as a decision would, ONNX included, and says what does not fit. Publication asks before it points. */
  async checkSnapshot(site: string, version: string): Promise<SnapshotCheck> {
    try {
      const ranker = await loadRanker(site, version, { snapshots: this.env.SNAPSHOTS });
      const onnx = await openOnnx(ranker, wasm);
      await onnx.release();
      return { ok: true };
    } catch (error) {
      const code = error instanceof SnapshotError ? error.code : "snapshot_model";
      return { ok: false, code, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #readProfile(visitor: string, event: DecisionRequest["event"]): Promise<Uint8Array> {
    const batch = event === null ? null : { name: visitor, events: event.json, receivedAt: event.receivedAt };
    const read = this.env.VISITOR_PROFILE.getByName(visitor).decisionView(batch);
    // Past its budget the decision goes on without the view, but the event must still be recorded.
    if (batch !== null) this.ctx.waitUntil(read.catch(() => {}));
    return read;
  }

  #source(): RankerSource {
    return {
      snapshots: this.env.SNAPSHOTS,
      siteConfig: this.env.SITE_CONFIG,
      wasm,
      idle: () => runtimeTimer(WARM_UP_AFTER_MS).rings,
      waitUntil: (work) => this.ctx.waitUntil(work),
      clock: Date.now,
    };
  }
}

export default {} satisfies ExportedHandler<DecisionEnv>;
