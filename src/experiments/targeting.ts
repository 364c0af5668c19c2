// Whether a visitor belongs to an audience. Conditions of an audience must all hold; of the values of one condition any will do.
// What is not known yet (segments and intents before the visitor's profile has answered) leaves the matter open: `null`.
import type { VisitorFacts } from "./visitor-facts.ts";

/** Values are compared without regard to case; a condition that is left out always holds. */
export interface Conditions {
  readonly country?: readonly string[] | undefined;
  readonly region?: readonly string[] | undefined;
  readonly city?: readonly string[] | undefined;
  readonly timezone?: readonly string[] | undefined;
  readonly device?: readonly string[] | undefined;
  /** `de` takes de-AT, too. */
  readonly language?: readonly string[] | undefined;
  readonly path?: readonly string[] | undefined;
  /** By parameter: any of these values, or `true` for any at all. */
  readonly query?: Readonly<Record<string, true | readonly string[]>> | undefined;
  /** Hosts, with those below them; `direct` without one. */
  readonly referrer?: readonly string[] | undefined;
  readonly utm?: Readonly<Partial<Record<UtmParameter, readonly string[] | undefined>>> | undefined;
  readonly visitor?: "new" | "returning" | undefined;
  readonly segments?: readonly string[] | undefined;
  readonly intents?: readonly string[] | undefined;
  /** Epoch ms: from then on. */
  readonly from?: number | undefined;
  /** Epoch ms: until just before. */
  readonly until?: number | undefined;
}

export type UtmParameter = "source" | "medium" | "campaign" | "term" | "content";

export interface Audience extends Conditions {
  /** One of these must hold, too. */
  readonly any?: readonly Conditions[] | undefined;
  /** This must not hold. */
  readonly not?: Conditions | undefined;
}

/** `null`: it depends on what is not known. */
export type Verdict = boolean | null;

/** Whether a path is one of the pattern's: src/html/path-pattern.ts. */
export type PathTest = (pattern: string, path: string) => boolean;

export function inAudience(audience: Audience, facts: VisitorFacts, isPath: PathTest): Verdict {
  const { any, not } = audience;
  return all([
    conditionsHold(audience, facts, isPath),
    any === undefined ? true : some(any.map((conditions) => conditionsHold(conditions, facts, isPath))),
    not === undefined ? true : opposite(conditionsHold(not, facts, isPath)),
  ]);
}

function conditionsHold(wanted: Conditions, facts: VisitorFacts, isPath: PathTest): Verdict {
  const { country, region, city, timezone, device, language, path, query, referrer, utm, visitor, from, until } =
    wanted;
  const known =
    isOneOf(facts.country, country) &&
    (region === undefined || facts.region.some((name) => isOneOf(name, region))) &&
    isOneOf(facts.city, city) &&
    isOneOf(facts.timezone, timezone) &&
    isOneOf(facts.device, device) &&
    (language === undefined || language.some((tag) => isWithin(facts.language, tag))) &&
    (path === undefined || path.some((pattern) => isPath(pattern, facts.path))) &&
    (query === undefined || Object.entries(query).every(([name, values]) => hasParameter(facts, name, values))) &&
    (referrer === undefined || referrer.some((host) => isHostOf(facts.referrer, host))) &&
    (utm === undefined || Object.entries(utm).every(([name, values]) => hasUtm(facts, name, values))) &&
    (from === undefined || facts.now >= from) &&
    (until === undefined || facts.now < until);
  if (!known) return false;
  return all([
    visitor === undefined ? true : facts.isNew === null ? null : facts.isNew === (visitor === "new"),
    anyOf(facts.segments, wanted.segments),
    anyOf(facts.intents, wanted.intents),
  ]);
}

function isOneOf(value: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || (value !== "" && wanted.some((other) => sameText(value, other)));
}

function anyOf(held: readonly string[] | null, wanted: readonly string[] | undefined): Verdict {
  if (wanted === undefined) return true;
  return held === null ? null : held.some((value) => isOneOf(value, wanted));
}

function hasParameter({ query }: VisitorFacts, name: string, wanted: true | readonly string[]): boolean {
  return wanted === true ? query.has(name) : query.getAll(name).some((value) => isOneOf(value, wanted));
}

function hasUtm(facts: VisitorFacts, name: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || hasParameter(facts, `utm_${name}`, wanted);
}

/** @param host a name, or `direct` */
function isHostOf(referrer: string, host: string): boolean {
  return referrer === host || referrer.endsWith(`.${host}`);
}

/** Whether `de-AT` is of `de`. */
function isWithin(language: string, tag: string): boolean {
  return language !== "" && (sameText(language, tag) || language.toLowerCase().startsWith(`${tag.toLowerCase()}-`));
}

function sameText(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

// Kleene's logic of three values: what is known to decide decides.

function all(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes(false) ? false : verdicts.includes(null) ? null : true;
}

function some(verdicts: readonly Verdict[]): Verdict {
  return verdicts.includes(true) ? true : verdicts.includes(null) ? null : false;
}

function opposite(verdict: Verdict): Verdict {
  return verdict === null ? null : !verdict;
}
