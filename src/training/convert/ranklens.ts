// RankLens (metarank/ranklens) as a history log: lists of movies shown to people, what they clicked, and the metadata,
// in Metarank's event format (docs.metarank.ai, "Event format"): item, ranking and interaction, one JSON object a line.
import { join } from "node:path";
import { readLineBatches } from "../lines.ts";
import { LogError } from "../log.ts";

/** One line of the source, as far as it is used here. */
interface SourceEvent {
  readonly event: string;
  readonly id: string;
  /** Epoch ms, as a string. */
  readonly timestamp: string;
  readonly user?: string;
  /** Of an item or an interaction: the item's id. */
  readonly item?: string;
  /** Of an interaction: the id of the ranking that it came from. */
  readonly ranking?: string;
  readonly type?: string;
  /** Of a ranking: what was shown, in order. */
  readonly items?: readonly { readonly id: string }[];
  readonly fields?: readonly { readonly name: string; readonly value: unknown }[];
}

/** A source event with its place in the log: by time, then by rank. */
interface Placed {
  readonly event: SourceEvent;
  readonly ts: number;
  readonly rank: number;
}

interface List {
  readonly shown: readonly string[];
  readonly ts: number;
  /** Its line in the source, from 0. */
  readonly rank: number;
}

const ATTRIBUTES = [
  "genres",
  "actors",
  "director",
  "popularity",
  "vote_avg",
  "vote_cnt",
  "budget",
  "runtime",
  "description",
] as const;

/**
 * Yields the lines of the log, without line ends, in time order. Of equal times the source's order holds, except that
 * a click then never comes before its own list. Shown ids without metadata stay. A movie of genres g1, g2 has the category
 * g1 and its genres in front of its tags; a list's id is the `decisionId` of its impression and of its clicks.
 * @param dir holds `events.jsonl.gz`, which is read whole into memory: the source need not be sorted
 * @throws LogError at a line that is not of the format, or at a click whose list or position is unknown
 */
export async function* convertRankLens(dir: string): AsyncGenerator<string> {
  const path = join(dir, "events.jsonl.gz");
  const source: SourceEvent[] = [];
  for await (const batch of readLineBatches(path)) {
    for (const text of batch) source.push(parseSource(path, source.length + 1, text));
  }
  const lists = new Map<string, List>();
  source.forEach((event, rank) => {
    if (event.event !== "ranking") return;
    lists.set(event.id, { shown: (event.items ?? []).map((item) => item.id), ts: Number(event.timestamp), rank });
  });
  const placed = source.map((event, line): Placed => {
    const ts = Number(event.timestamp);
    const list = event.event === "interaction" ? lists.get(event.ranking ?? "") : undefined;
    return { event, ts, rank: list?.ts === ts ? Math.max(line, list.rank) : line };
  });
  // A click that waited for its list has the list's rank.
  placed.sort((a, b) => a.ts - b.ts || a.rank - b.rank || isClick(a) - isClick(b));
  for (const { event, ts } of placed) {
    if (event.event === "item") yield JSON.stringify(itemOf(event));
    else if (event.event === "ranking") yield JSON.stringify(impressionOf(event, ts));
    else yield JSON.stringify(clickOf(event, ts, lists.get(event.ranking ?? "")?.shown ?? [], path));
  }
}

function parseSource(path: string, line: number, text: string): SourceEvent {
  let event: Partial<SourceEvent>;
  try {
    event = JSON.parse(text);
  } catch (cause) {
    throw new LogError(path, line, "not JSON", { cause });
  }
  const known = event.event === "item" || event.event === "ranking" || event.event === "interaction";
  if (!known) throw new LogError(path, line, `unknown event ${JSON.stringify(event.event)}`);
  if (typeof event.id !== "string") throw new LogError(path, line, "id is missing");
  if (!Number.isFinite(Number(event.timestamp ?? "none"))) throw new LogError(path, line, "timestamp is not a number");
  return event as SourceEvent;
}

function isClick(placed: Placed): number {
  return placed.event.event === "interaction" ? 1 : 0;
}

function itemOf(event: SourceEvent): object {
  const fields = new Map((event.fields ?? []).map((field) => [field.name, field.value]));
  const genres = stringsOf(fields.get("genres"));
  const released = fields.get("release_date");
  return {
    kind: "item",
    id: event.item,
    title: fields.get("title"),
    category: genres[0],
    tags: [...new Set([...genres, ...stringsOf(fields.get("tags"))])],
    publishedAt: typeof released === "number" ? released * 1000 : undefined,
    attributes: Object.fromEntries(ATTRIBUTES.map((name) => [name, fields.get(name)])),
  };
}

function impressionOf(event: SourceEvent, ts: number): object {
  return {
    kind: "event",
    id: event.id,
    type: "view_item_list",
    ts,
    anonymousId: event.user,
    decisionId: event.id,
    placement: "ranklens",
    items: (event.items ?? []).map((item) => ({ id: item.id })),
  };
}

function clickOf(event: SourceEvent, ts: number, shown: readonly string[], path: string): object {
  const position = shown.indexOf(event.item ?? "");
  if (position < 0) throw new LogError(path, 0, `click ${event.id}: its list does not hold item ${event.item}`);
  return {
    kind: "event",
    id: event.id,
    type: "select_item",
    ts,
    anonymousId: event.user,
    decisionId: event.ranking,
    placement: "ranklens",
    position,
    items: [{ id: event.item }],
  };
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((element) => typeof element === "string") : [];
}
