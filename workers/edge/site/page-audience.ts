// Whom rules are for, of one visitor on one page: which variants they see, and which audiences they belong to as far as is known.
import { type ForWhom, isFor, membership, type Variants, variantsOf } from "../../../src/experiments/site-plan.ts";
import { type VisitorFacts, visitorFacts } from "../../../src/experiments/visitor-facts.ts";
import { matchesOneOf } from "../../../src/html/compile-site.ts";
import { matchesPath, parsePattern } from "../../../src/html/path-pattern.ts";
import type { Traits } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";
import type { HeldConfig } from "../site-configs.ts";
import { placeOf } from "./place.ts";
import type { SiteVisitor } from "./who.ts";

export class PageAudience {
  readonly variants: Variants;
  readonly #held: HeldConfig;
  #facts: VisitorFacts;
  #isIn: (audience: string) => boolean | null;
  #visit: { readonly traits: Traits | null } | null = null;

  constructor(c: EdgeContext, held: HeldConfig, who: SiteVisitor, path: string) {
    const { token, user, handling, visitor, isView } = who;
    // Of a visitor who is new there is nothing to be known, and of one who does not want it nothing is.
    const isUnknown = handling.profile && (token !== null || user !== null);
    this.#held = held;
    this.#facts = visitorFacts({
      url: new URL(c.req.url),
      path,
      headers: c.req.raw.headers,
      place: placeOf(c),
      isNew: handling.profile ? token === null : null,
      segments: isUnknown ? token?.traits?.segments : [],
      intents: isUnknown ? token?.traits?.intents : [],
      now: who.now,
    });
    this.#isIn = this.#membership();
    // An id that does not stay would see another variant on the next page.
    const id = handling.profile && (token !== null || isView) ? visitor.id : null;
    const running = held.experiments.filter(({ pages }) => pages === null || matchesOneOf(pages, path) !== undefined);
    this.variants = variantsOf(
      running.map(({ key, config }) => [key, config] as const),
      id,
      this.#isIn,
    );
  }

  #membership(): (audience: string) => boolean | null {
    return membership(this.#held.config.audiences, this.#facts, isPath);
  }

  learnFrom(visit: { readonly traits: Traits | null }): void {
    this.#visit = visit;
  }

  /** @returns null while it depends on what the profile will say */
  verdict(whom: ForWhom): boolean | null {
    const traits = this.#visit?.traits ?? null;
    if (traits !== null && (traits.segments !== this.#facts.segments || traits.intents !== this.#facts.intents)) {
      this.#facts = { ...this.#facts, ...traits };
      this.#isIn = this.#membership();
    }
    return isFor(whom, this.variants, this.#isIn);
  }
}

function isPath(pattern: string, path: string): boolean {
  const parsed = parsePattern(pattern);
  return parsed !== null && matchesPath(parsed, path);
}
