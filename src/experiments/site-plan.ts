// What of a site's configuration holds for one request: the experiments that it is part of, and whom a rule is for.
import { assignVariant, type Split } from "./assign.ts";
import { type Audience, inAudience, type PathTest, type Verdict } from "./targeting.ts";
import type { VisitorFacts } from "./visitor-facts.ts";

export interface PlannedExperiment extends Split {
  readonly audience?: string | undefined;
}

/** Variants by experiment. */
export type Variants = ReadonlyMap<string, string>;

/** Whom a rule is for; what is left out does not matter. */
export interface ForWhom {
  readonly audience?: string | undefined;
  readonly experiment?: string | undefined;
  readonly variant?: string | undefined;
}

/**
 * The variants of a visitor in the experiments that run on a page. Who cannot be told apart, or belongs to the audience only by what
 * is not known yet, is part of none.
 * @param visitor an id that stays; null without one
 */
export function variantsOf(
  experiments: readonly (readonly [key: string, experiment: PlannedExperiment])[],
  visitor: string | null,
  isIn: (audience: string) => Verdict,
): Variants {
  const variants = new Map<string, string>();
  if (visitor === null) return variants;
  for (const [key, experiment] of experiments) {
    if (experiment.audience !== undefined && isIn(experiment.audience) !== true) continue;
    const variant = assignVariant(key, visitor, experiment);
    if (variant !== null) variants.set(key, variant);
  }
  return variants;
}

/** Whether a rule is for the visitor; `null` while it depends on what is not known. */
export function isFor(
  { audience, experiment, variant }: ForWhom,
  variants: Variants,
  isIn: (audience: string) => Verdict,
): Verdict {
  if (experiment !== undefined && variants.get(experiment) !== variant) return false;
  return audience === undefined ? true : isIn(audience);
}

/** Membership by the audience's name, found out once for each. An unknown name has no members. */
export function membership(
  audiences: Readonly<Record<string, Audience>>,
  facts: VisitorFacts,
  isPath: PathTest,
): (audience: string) => Verdict {
  const verdicts = new Map<string, Verdict>();
  return (name) => {
    let verdict = verdicts.get(name);
    if (verdict === undefined) {
      const audience = Object.hasOwn(audiences, name) ? audiences[name] : undefined;
      verdict = audience === undefined ? false : inAudience(audience, facts, isPath);
      verdicts.set(name, verdict);
    }
    return verdict;
  };
}

/** `checkout=b,headline=a`: for a header, in the order of the names. */
export function variantHeader(variants: Variants): string {
  return [...variants]
    .map(([key, variant]) => `${key}=${variant}`)
    .sort()
    .join(",");
}
