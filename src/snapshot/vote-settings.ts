// How like sessions vote for the next item (src/features/session-votes.ts). Training chooses it on the newest sessions of its
// log; it travels with the sessions, so that training rows, evaluation and isolates vote alike.
import type { Section } from "./section.ts";

export interface VoteSettings {
  /** Sessions that vote, the most alike, and the newest sessions with an item of the visit that they are chosen from. */
  readonly neighbours: number;
  readonly sample: number;
  /** Exponent of an item's weight by its place in the visit: the higher, the more the newest ones count. */
  readonly decay: number;
  /** How much votes for rare items count more: × (1 + rarity × ln(sessions / sessions with the item)). */
  readonly rarity: number;
  /** Age at which a session's vote counts half, where age counts. */
  readonly halfLifeHours: number;
}

/** Of snapshots that do not say, and of logs that are too small to choose by. Neighbours and sample are what a decision can afford. */
export const DEFAULT_VOTES: VoteSettings = { neighbours: 500, sample: 2_500, decay: 2, rarity: 1, halfLifeHours: 24 };

const BOUNDS: Readonly<Record<keyof VoteSettings, readonly [low: number, high: number]>> = {
  neighbours: [1, DEFAULT_VOTES.neighbours],
  sample: [1, DEFAULT_VOTES.sample],
  decay: [0, 16],
  rarity: [0, 16],
  halfLifeHours: [0.01, 1e6],
};
const NAMES = Object.keys(BOUNDS) as (keyof VoteSettings)[];
const COUNTS: ReadonlySet<keyof VoteSettings> = new Set(["neighbours", "sample"]);
const TENSOR = "votes";

export function voteTensor(settings: VoteSettings): Float64Array {
  return Float64Array.from(NAMES, (name) => settings[name]);
}

/** @throws SnapshotError when the section has settings that do not fit */
export function readVotes(section: Section): VoteSettings {
  if (!section.has(TENSOR)) return DEFAULT_VOTES;
  const values = section.tensor(TENSOR, Float64Array, [NAMES.length]);
  NAMES.forEach((name, at) => {
    const [low, high] = BOUNDS[name];
    const value = values[at] as number;
    if (value < low || value > high) throw section.error(TENSOR, `${name} is ${value}, not in ${low}..${high}`);
    if (COUNTS.has(name) && !Number.isInteger(value))
      throw section.error(TENSOR, `${name} is ${value}, no whole number`);
  });
  return Object.fromEntries(NAMES.map((name, at) => [name, values[at] as number])) as Record<
    keyof VoteSettings,
    number
  >;
}
