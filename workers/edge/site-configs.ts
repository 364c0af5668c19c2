// The configuration that an isolate holds of each site. A warm one is never waited for: it is read again behind the answer, as
// the model pointer is. A document that does not fit is refused by name and the one before goes on.
import { freshness } from "../../nowcast.config.ts";
import { fieldErrors, sentence } from "../../src/events/issues.ts";
import { type CompiledSite, compileSite } from "../../src/html/compile-site.ts";
import { EMPTY_SITE_CONFIG, siteConfigKey, siteConfigSchema } from "../../src/html/site-config.ts";
import type { CopyMetadata } from "./site-config-store.ts";

export interface SiteConfigSource {
  /** KV, or a double. */
  readonly copies: {
    getWithMetadata<M>(
      key: string,
      options: { type: "text"; cacheTtl: number },
    ): Promise<{ value: string | null; metadata: M | null }>;
  };
  /** The document itself: slower, and only for an isolate that has nothing when the copies are away. */
  readonly stored: (site: string) => Promise<string | null>;
  /** Keeps work alive after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly clock: () => number;
}

interface HeldSite {
  /** Made anew when something of it changes, not for every request. */
  answer: HeldConfig;
  /** Null until a read has succeeded, even one that found nothing. */
  version: number | null;
  readAt: number;
  reading: Promise<void> | null;
  readStartedAt: number;
}

export interface HeldConfig extends CompiledSite {
  /** `site_config_invalid` or `site_config_unavailable` while an older document, or none, stands in. */
  readonly problem: string | null;
}

/** A read that takes longer belongs to a request that was cut off. */
const READ_STUCK_MS = 10_000;
/** The least that KV takes. */
const CACHE_TTL_SECONDS = 30;

const NOTHING: HeldConfig = { ...compileSite(EMPTY_SITE_CONFIG), problem: null };

export class IsolateSiteConfigs {
  readonly #sites = new Map<string, HeldSite>();

  /** Resolves at once when this isolate has the site's configuration; else as soon as it was read, or could not be. */
  async configOf(site: string, source: SiteConfigSource): Promise<HeldConfig> {
    const held = this.#sites.get(site) ?? newSite();
    this.#sites.set(site, held);
    const now = source.clock();
    const cold = held.version === null;
    if (now - held.readAt >= (cold ? freshness.coldPointerMs : freshness.siteConfigMs)) {
      const read = this.#read(site, held, source, now);
      if (cold) await read;
    }
    return held.answer;
  }

  #read(site: string, held: HeldSite, source: SiteConfigSource, now: number): Promise<void> {
    if (held.reading !== null && now - held.readStartedAt < READ_STUCK_MS) return held.reading;
    held.readStartedAt = now;
    const reading = this.#load(site, held, source)
      .catch((error: unknown) => {
        setProblem(held, "site_config_unavailable");
        console.error({ message: "the site's configuration could not be read", site, error: String(error) });
      })
      .finally(() => {
        held.readAt = source.clock();
        held.reading = null;
      });
    held.reading = reading;
    source.waitUntil(reading);
    return reading;
  }

  async #load(site: string, held: HeldSite, source: SiteConfigSource): Promise<void> {
    const { value, metadata } = await copyOf(site, source).catch(async (error: unknown) => {
      if (held.version !== null) throw error;
      console.error({ message: "the copies of site configurations are away", site, error: String(error) });
      return { value: await source.stored(site), metadata: null };
    });
    if (held.version !== null && (metadata?.version === held.version || value === null)) {
      // A copy is never taken away: where KV finds none, this place has not heard of it yet.
      setProblem(held, null);
      return;
    }
    const problem = value === null ? null : take(held, value);
    if (value === null) held.version = 0;
    if (problem !== null) {
      console.error({ message: "the site's configuration was refused", site, version: metadata?.version, problem });
    }
    setProblem(held, problem === null ? null : "site_config_invalid");
  }
}

function copyOf(site: string, { copies }: SiteConfigSource) {
  const options = { type: "text", cacheTtl: CACHE_TTL_SECONDS } as const;
  return copies.getWithMetadata<CopyMetadata>(siteConfigKey(site), options);
}

/** @returns why the text is no configuration, or null when it is the one that is held from now on */
function take(held: HeldSite, text: string): string | null {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return String(error);
  }
  const parsed = siteConfigSchema.safeParse(document);
  if (!parsed.success) return sentence(fieldErrors(parsed.error, document));
  // Another place may still have an older copy.
  if (held.version !== null && parsed.data.version < held.version) return null;
  held.answer = { ...compileSite(parsed.data), problem: null };
  held.version = parsed.data.version;
  return null;
}

function setProblem(held: HeldSite, problem: HeldConfig["problem"]): void {
  if (held.answer.problem !== problem) held.answer = { ...held.answer, problem };
}

function newSite(): HeldSite {
  return {
    answer: NOTHING,
    version: null,
    readAt: Number.NEGATIVE_INFINITY,
    reading: null,
    readStartedAt: 0,
  };
}
