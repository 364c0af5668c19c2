// One decision within its budgets: reads what it needs in parallel, steps down by name where something is late or
// broken, and always answers. What touches the platform comes in as ports, so that every rung can be forced in a test.

import { candidates, items as itemLimits, rulesOfSite } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";
import type { EventStatus } from "../../src/events/event-status.ts";
import { holdsLast } from "../../src/kernels/held-shapes.ts";
import type { LoggedDecision } from "../../src/lake/decision-rows.ts";
import { digestOf, type SessionDigest, viewOfDigest } from "../../src/profile/digest.ts";
import { intentsOf } from "../../src/profile/intents.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "../../src/profile/view.ts";
import { decodeView } from "../../src/profile/view-codec.ts";
import { decide, type Workings } from "../../src/ranking/decide.ts";
import type { PlacementResult } from "../../src/ranking/decision.ts";
import type { Ranker } from "../../src/ranking/ranker.ts";
import type { PlacementRequest } from "../../src/ranking/request.ts";
import { type Timer, withinBudget } from "../../src/telemetry/budget.ts";
import { milliseconds, type Timings } from "../../src/telemetry/stages.ts";
import { loggedDecision } from "./decision-log.ts";

export interface DecisionRequest {
  readonly site: string;
  /** Of the receipt: two random uint32. */
  readonly nonce: readonly [number, number];
  /** Object name of the visitor; null when no profile may be read or written. */
  readonly visitor: string | null;
  /** Whether the profile may be used and shown; without, the object is only told of the event. */
  readonly mayPersonalize: boolean;
  /** A valid event to record first, as a JSON array of one, with its time of receipt (null in a replay). */
  readonly event: { readonly json: string; readonly receivedAt: number | null; readonly recorded: boolean } | null;
  /** Object name of an anonymous visitor who is the same person, to be merged first if that has not been done. */
  readonly anonymous?: string | null;
  readonly digest: SessionDigest | null;
  readonly placements: Readonly<Record<string, PlacementRequest>>;
  /** As the request says it; see features/context.ts for what is read of it. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Epoch ms: the decision's clock. */
  readonly now: number;
  readonly explain: boolean;
  /** Of what is drawn at random. */
  readonly seed?: number;
  /** Milliseconds for the profile read, when not the configured ones. */
  readonly profileBudgetMs?: number;
  /** The key under which this decision is logged whole; it is not when this is absent. */
  readonly recordAs?: string;
}

export interface ProfileSummary {
  readonly seq: number;
  readonly session: {
    readonly id: number;
    readonly startedAt: number;
    readonly events: number;
    readonly pageViews: number;
  } | null;
  readonly intents: readonly string[];
  readonly segments: readonly string[];
}

export interface DecisionAnswer {
  readonly placements: Readonly<Record<string, PlacementResult>>;
  readonly degraded: readonly string[];
  readonly timings: Timings;
  readonly eventStatus: EventStatus | "pending";
  /** Absent when no profile may be shown. */
  readonly profile?: ProfileSummary;
  readonly digest: SessionDigest | null;
  /** Whether the anonymous id that was named belongs to another user, who keeps it. */
  readonly rotated?: boolean;
  /** Version that ranked; empty when none did. */
  readonly snapshot: string;
  readonly itemEpoch: number;
}

export interface ProfileRead {
  readonly eventStatus: EventStatus;
  /** The encoded view; empty for a visitor never seen. */
  readonly view: Uint8Array;
  /** Name of the object that answered: another one than was asked when the visitor has moved. */
  readonly visitor: string;
  /** Whether something that is known of the visitor has yet to arrive from where they were known before. */
  readonly incomplete: boolean;
  /** Whether the anonymous id that was named belongs to another user. */
  readonly rotated: boolean;
}

export interface DecisionPorts {
  readonly readProfile: (request: DecisionRequest) => Promise<ProfileRead>;
  /** The ranker for this visitor, or why there is none. */
  readonly ranker: (request: DecisionRequest) => Promise<{ ranker: Ranker | null; reason?: string }>;
  /** The item table, refreshed when it was old; `fresh` false when the refresh failed. */
  readonly items: (site: string) => Promise<{ table: ItemTable; fresh: boolean }>;
  /** What the isolate holds right now, without waiting. */
  readonly heldItems: (site: string) => ItemTable | null;
  /** Takes decisions that are logged whole. */
  readonly log: (site: string, decision: LoggedDecision) => void;
  readonly timer: Timer;
  /** Epoch ms, real time. */
  readonly clock: () => number;
  readonly budgets: { readonly profileMs: number; readonly snapshotMs: number; readonly itemsMs: number };
}

const hold = holdsLast();

export async function runDecision(request: DecisionRequest, ports: DecisionPorts): Promise<DecisionAnswer> {
  const { clock, timer, budgets } = ports;
  const start = clock();
  const degraded: string[] = [];
  const timings: Timings = {};
  const [profile, ranker, items] = await Promise.all([
    request.visitor === null
      ? null
      : withinBudget(ports.readProfile(request), request.profileBudgetMs ?? budgets.profileMs, timer).then((read) => {
          timings.profile = milliseconds(start, clock());
          return read;
        }),
    withinBudget(ports.ranker(request), budgets.snapshotMs, timer),
    withinBudget(ports.items(request.site), budgets.itemsMs, timer),
  ]);

  let view: VisitorView = UNKNOWN_VISITOR;
  let { visitor } = request;
  let viewBytes: Uint8Array = new Uint8Array(0);
  let knowledge: "profile" | "digest" | "none" = "none";
  let eventStatus: EventStatus | "pending" = request.event === null ? "none" : "pending";
  if (profile !== null) {
    const read = "value" in profile ? profile.value : null;
    if (read !== null) eventStatus = read.eventStatus;
    const known = read === null ? null : readView(read.view);
    if (known !== null) {
      if (read?.incomplete) degraded.push("merge_pending");
      if (request.mayPersonalize) [view, knowledge] = [known, "profile"];
      ({ visitor, view: viewBytes } = read as ProfileRead);
    } else if (request.mayPersonalize) {
      degraded.push("missed" in profile && profile.missed === "timeout" ? "profile_timeout" : "profile_failed");
      if (request.digest !== null) [view, knowledge] = [viewOfDigest(request.digest), "digest"];
    }
  }
  const held = "value" in ranker ? ranker.value : { ranker: null, reason: "snapshot_loading" };
  if (held.ranker === null) degraded.push("snapshot_cold", ...(held.reason ? [held.reason] : []));
  const table = "value" in items ? items.value.table : (ports.heldItems(request.site) ?? new ItemTable());
  if (!("value" in items && items.value.fresh)) degraded.push("items_stale");

  // While the scorer is waited for, another request may bring the table to a later epoch.
  const itemEpoch = table.epoch;
  let workings: Workings | null = null;
  const observe = (computed: Workings): void => {
    workings = computed;
  };
  const gathered = clock();
  const decision = await decide({
    placements: request.placements,
    view,
    context: request.context,
    knowledge,
    ranker: held.ranker,
    items: table,
    now: request.now,
    explain: request.explain,
    rules: rulesOfSite(request.site),
    limits: candidates,
    catalogueOnly: !itemLimits.recommendUnlisted,
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    clock,
    ...(request.recordAs === undefined ? {} : { observe }),
  });
  const end = clock();
  Object.assign(timings, {
    candidates: milliseconds(gathered, decision.stages.candidates),
    features: milliseconds(decision.stages.candidates, decision.stages.features),
    score: milliseconds(decision.stages.features, decision.stages.score),
    total: milliseconds(start, end),
  });
  const answer: DecisionAnswer = {
    placements: decision.placements,
    degraded: [...degraded, ...decision.degraded],
    timings,
    eventStatus,
    ...(knowledge === "none" ? {} : { profile: summarize(view, request.now) }),
    digest: knowledge === "profile" ? digestOf(view, request.now) : request.digest,
    ...(profile !== null && "value" in profile && profile.value.rotated ? { rotated: true } : {}),
    snapshot: held.ranker?.snapshot.version ?? "",
    itemEpoch,
  };
  if (request.recordAs !== undefined) {
    const { placements, degraded, snapshot } = answer;
    const { recordAs: key, now: ts, context } = request;
    const known = { visitor, seq: view.seq, knowledge, view: viewBytes, context, ts };
    ports.log(request.site, loggedDecision({ key, ...known, placements, degraded, snapshot, itemEpoch }, workings));
  }
  hold(request, ports, profile, items, timings, decision, answer);
  return answer;
}

/** Null when the bytes are not a view: the decision goes on without. */
function readView(bytes: Uint8Array): VisitorView | null {
  if (bytes.length === 0) return UNKNOWN_VISITOR;
  try {
    return decodeView(bytes);
  } catch {
    return null;
  }
}

function summarize(view: VisitorView, now: number): ProfileSummary {
  const { session, batch } = view;
  return {
    seq: view.seq,
    session:
      session === null
        ? null
        : { id: session.id, startedAt: session.startedAt, events: session.events, pageViews: session.pageViews },
    intents: intentsOf(view, now).map(({ name }) => name),
    segments: batch?.segments ?? [],
  };
}
