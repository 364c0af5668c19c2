// What the sessions of the past say about the next item, as a section of the snapshot: the newest sessions with the items of
// each (who shares an item is found by an index made when the section is read), and rules "after a comes b".
// Sessions are numbered from the newest to the oldest, so that a list of sessions in ascending order is newest first.
import { log } from "../kernels/elementary.ts";
import { Section } from "./section.ts";
import { encodeTensors } from "./tensor-file.ts";
import { DEFAULT_VOTES, readVotes, type VoteSettings, voteTensor } from "./vote-settings.ts";

/** As the trainer makes them; n is the snapshot's number of items. */
export interface SessionTables {
  /** Epoch seconds of the last event of each session, falling. */
  readonly endedAt: Uint32Array;
  /** Session s has items[starts[s] … starts[s + 1] − 1]. */
  readonly starts: Uint32Array;
  /** Different items of a session, in the order of their last occurrences. */
  readonly items: Uint32Array;
  /** After item a: ruleItems[ruleStarts[a] … ruleStarts[a + 1] − 1], by falling weight. n + 1. */
  readonly ruleStarts: Uint32Array;
  readonly ruleItems: Uint32Array;
  /** Share of what came in the ten steps after a, nearer ones counting more. */
  readonly ruleWeights: Float32Array;
  /** Share of what came right after a; a itself where it was touched again. */
  readonly ruleNext: Float32Array;
  /** Share of all touches, newer ones counting more. n. */
  readonly lately: Float32Array;
  /** How sessions vote. */
  readonly votes: VoteSettings;
}

export interface Sessions extends SessionTables {
  readonly count: number;
  /** Item i is in the sessions postings[postingStarts[i] … postingStarts[i + 1] − 1], newest first. */
  readonly postingStarts: Uint32Array;
  readonly postings: Uint32Array;
  /** ln((sessions + 1) / (sessions with the item + 1)). */
  readonly rarity: Float32Array;
}

const NONE = new Uint32Array(0);
const NOTHING = new Float32Array(0);

/** Of a snapshot without the section. */
export const NO_SESSIONS: Sessions = {
  count: 0,
  endedAt: NONE,
  starts: NONE,
  items: NONE,
  ruleStarts: NONE,
  ruleItems: NONE,
  ruleWeights: NOTHING,
  ruleNext: NOTHING,
  lately: NOTHING,
  votes: DEFAULT_VOTES,
  postingStarts: NONE,
  postings: NONE,
  rarity: NOTHING,
};

export function encodeSessions(tables: SessionTables): Uint8Array<ArrayBuffer> {
  const { endedAt, starts, items, ruleStarts, ruleItems, ruleWeights, ruleNext, lately } = tables;
  const votes = voteTensor(tables.votes);
  const vectors = { endedAt, starts, items, ruleStarts, ruleItems, ruleWeights, ruleNext, lately, votes };
  return encodeTensors(
    Object.fromEntries(Object.entries(vectors).map(([name, data]) => [name, { shape: [data.length], data }])),
  );
}

/**
 * Tensors are views on the file.
 * @param count of the snapshot's items
 * @throws SnapshotError naming the tensor that does not fit
 */
export function decodeSessions(file: Uint8Array<ArrayBuffer>, count: number): Sessions {
  const section = new Section("sessions", file);
  const endedAt = section.list("endedAt", Uint32Array);
  const starts = offsets(section, "starts", endedAt.length);
  const items = section.indices("items", Uint32Array, [starts[endedAt.length] as number], count);
  const ruleStarts = offsets(section, "ruleStarts", count);
  const rules = [ruleStarts[count] as number];
  return indexed(
    {
      endedAt,
      starts,
      items,
      ruleStarts,
      ruleItems: section.indices("ruleItems", Uint32Array, rules, count),
      ruleWeights: section.tensor("ruleWeights", Float32Array, rules),
      ruleNext: section.tensor("ruleNext", Float32Array, rules),
      lately: section.tensor("lately", Float32Array, [count]),
      votes: readVotes(section),
    },
    count,
  );
}

function offsets(section: Section, name: string, rows: number): Uint32Array {
  const starts = section.tensor(name, Uint32Array, [rows + 1]);
  for (let row = 0; row < rows; row++) {
    if ((starts[row] as number) > (starts[row + 1] as number)) throw section.error(name, `falls after row ${row}`);
  }
  if (starts[0] !== 0) throw section.error(name, "does not begin at 0");
  return starts;
}

/** Adds who is in which session. @param count of the snapshot's items */
export function indexed(tables: SessionTables, count: number): Sessions {
  const { endedAt, starts, items } = tables;
  const postingStarts = new Uint32Array(count + 1);
  for (const item of items) postingStarts[item + 1] = (postingStarts[item + 1] as number) + 1;
  const rarity = new Float32Array(count);
  for (let item = 0; item < count; item++) {
    rarity[item] = log((endedAt.length + 1) / ((postingStarts[item + 1] as number) + 1));
    postingStarts[item + 1] = (postingStarts[item + 1] as number) + (postingStarts[item] as number);
  }
  const next = postingStarts.slice();
  const postings = new Uint32Array(items.length);
  for (let session = 0; session < endedAt.length; session++) {
    for (let at = starts[session] as number; at < (starts[session + 1] as number); at++) {
      const item = items[at] as number;
      const place = next[item] as number;
      postings[place] = session;
      next[item] = place + 1;
    }
  }
  return { ...tables, count: endedAt.length, postingStarts, postings, rarity };
}
