// What a log tells of its items, learned from any part of its visitors: vectors, neighbours, popularity, tastes, appeal,
// sessions. The same for the drafts that feature rows are filled with and for the snapshot that is published.
import type { Attributes } from "../snapshot/attributes.ts";
import type { VoteSettings } from "../snapshot/vote-settings.ts";
import { fitBehaviour } from "./behaviour.ts";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { fitContent } from "./content.ts";
import type { History, Query } from "./history.ts";
import { fitItemAppeal } from "./item-appeal.ts";
import { type ItemDesign, itemDesign } from "./item-design.ts";
import type { FitItemVectors } from "./item-vectors.ts";
import { sessionTables } from "./session-tables.ts";
import type { LogSession } from "./sessions.ts";
import type { ItemModels } from "./snapshot-files.ts";
import { createStageClock, type StageClock } from "./stage-clock.ts";
import { fitTasteVectors } from "./taste-vectors.ts";
import type { VisitorHistory } from "./visitors.ts";

export interface ItemModelSizes {
  readonly vectorDimensions: number;
  readonly contentDimensions: number;
  readonly tasteDimensions: number;
  /** Neighbours an item. */
  readonly neighbours: number;
  readonly seed: number;
  /** See fitBehaviour. */
  readonly fitVectors?: FitItemVectors;
}

/** What is known of the items whoever did what. */
export interface DescribedItems {
  readonly catalogue: Catalogue;
  /** See fitContent. */
  readonly content: Float32Array;
  readonly design: ItemDesign;
}

export function describeItems(
  history: History,
  { contentDimensions, seed }: ItemModelSizes,
  clock: StageClock,
): DescribedItems {
  const catalogue = catalogueOf(history);
  const content = clock.stage("content vectors", (onProgress) =>
    fitContent(catalogue.described, { dimensions: contentDimensions, seed, onProgress }),
  );
  return { catalogue, content, design: itemDesign(catalogue.described, content) };
}

/** The part of a log that teaches. */
export interface Lessons {
  readonly visitors: readonly VisitorHistory[];
  readonly sessions: readonly LogSession[];
  readonly queries: readonly Query[];
}

/** @param attributes what the features, and the rules, read of items */
export function learnItems(
  { catalogue, content, design }: DescribedItems,
  { visitors, sessions, queries }: Lessons,
  attributes: Attributes,
  votes: VoteSettings,
  { vectorDimensions, tasteDimensions, neighbours, seed, fitVectors }: ItemModelSizes,
  clock: StageClock = createStageClock(),
): ItemModels {
  const behaviour = clock.stage("behaviour vectors", (onProgress) =>
    fitBehaviour(visitors, catalogue, {
      ...{ dimensions: vectorDimensions, neighbours, seed, onProgress },
      ...(fitVectors ? { fitVectors } : {}),
    }),
  );
  const taste = clock.stage("taste vectors", (onProgress) =>
    fitTasteVectors(visitors, catalogue, design, { dimensions: tasteDimensions, seed, onProgress }),
  );
  const appeal = clock.stage("item appeal", () => fitItemAppeal(queries, catalogue, design));
  const tables = sessionTables(sessions, catalogue.indexOf, { votes });
  return {
    catalogue,
    behaviour,
    content,
    taste,
    appeal,
    attributes,
    sessions: tables.endedAt.length > 0 ? tables : null,
  };
}
