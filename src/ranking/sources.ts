// The candidate sources of a recommendation, in the order in which they are asked. An item is credited to the first that
// finds it. At most 32: a candidate keeps who found it as bits.

import { liveNeighbours } from "./sources/live-neighbours.ts";
import { nearestToLongTerm, nearestToSession } from "./sources/nearest.ts";
import { neighbours } from "./sources/neighbours.ts";
import { newItems } from "./sources/new-items.ts";
import { popular } from "./sources/popular.ts";
import { popularInCategory } from "./sources/popular-in-category.ts";
import { recentlySeen } from "./sources/recently-seen.ts";
import { followers, likeSessions } from "./sources/sessions.ts";
import type { CandidateSource } from "./sources/source.ts";
import { trending } from "./sources/trending.ts";

export const SOURCES: readonly CandidateSource[] = [
  neighbours,
  liveNeighbours,
  likeSessions,
  followers,
  nearestToSession("behaviour"),
  nearestToSession("content"),
  nearestToLongTerm,
  popularInCategory,
  trending,
  recentlySeen,
  newItems,
  popular,
];
