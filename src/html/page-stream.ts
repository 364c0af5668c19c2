// A page on its way: its bytes go out as they come; at a slot they wait for the decision, within its budget; whatever fails, what
// the origin wrote goes out instead. Nothing is truncated that the origin has not truncated.
import { utf8 } from "../kernels/bytes.ts";
import { type Timer, withinBudget } from "../telemetry/budget.ts";
import { readAttributes } from "./attributes.ts";
import {
  concatBytes,
  type FallbackReason,
  type FillOptions,
  fallbackTag,
  fillWithItems,
  fillWithVariant,
} from "./fill.ts";
import type { PageDecisions } from "./page-decisions.ts";
import { type PageReader, pageReader } from "./page-reader.ts";
import { readSlot, type Slot, type SlotDefaults } from "./slots.ts";
import { type Piece, SlotSplitter } from "./splitter.ts";

export interface PageOptions extends Omit<FillOptions, "locale"> {
  readonly decisions: PageDecisions;
  readonly defaultsOf: (placement: string) => SlotDefaults | undefined;
  /** One of the variants of a content slot. */
  readonly chooseVariant: (placement: string, variants: readonly string[]) => string;
  /** Slots that the page is known to have, to be asked for where that has not been done. */
  readonly expected: readonly Slot[];
  /** Why no slot is to be filled; null when they are. */
  readonly plain: FallbackReason | null;
  /** HTML for the end of the head. @param nonce of a script of the page */
  readonly headHtml: (nonce: string | null) => string;
  /** The page has ended, or was cut off. @param slots that it has, null when it was not read to its end */
  readonly onEnd: (slots: readonly Slot[] | null) => void;
  readonly timer: Timer;
  /** Milliseconds that a slot's beginning waits for its end, past its decision. */
  readonly holdMs: number;
}

/** A slot of more bytes is not held. */
const MAX_SLOT_BYTES = 256 * 1024;

/** What is left of a page that breaks off has this long to go out. */
const LAST_WORDS_MS = 20;

const decoder = new TextDecoder();

/** @param source of the origin. Whoever reads no further cancels it. */
export function personalizedBody(source: ReadableStream<Uint8Array>, options: PageOptions): ReadableStream<Uint8Array> {
  const { read, cancel } = pageReader(source);
  const page = new PageStream(options);
  const chunks = page.run(read);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: (reason) => {
        page.end(null);
        return cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

interface HeldSlot {
  readonly slot: Slot;
  readonly tag: Uint8Array;
  readonly content: Uint8Array[];
  bytes: number;
}

class PageStream {
  readonly #options: PageOptions;
  readonly #splitter = new SlotSplitter();
  readonly #slots: Slot[] = [];
  readonly #shown = new Set<string>();
  #locale: string | undefined;
  #nonce: string | null = null;
  #held: HeldSlot | null = null;
  /** The page is let through as it comes. */
  #isPlain = false;
  #hasEnded = false;
  #hasAsked = false;
  #isDocument = false;
  #isHeadOver = false;
  /** The rest of the slot that is open goes out as it comes. */
  #isPassing = false;
  #out: Uint8Array[] = [];

  constructor(options: PageOptions) {
    this.#options = options;
  }

  end(slots: readonly Slot[] | null): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    try {
      this.#options.onEnd(slots);
    } catch (error) {
      console.error({ message: "a page's end was not noted", error: String(error) });
    }
  }

  async *run(read: PageReader["read"]): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = read();
        if (this.#held !== null) yield* this.#untilMoreOrOver(this.#held, next);
        const { done, value } = await next;
        if (done) break;
        if (value === undefined || value.length === 0) continue;
        if (this.#isPlain) yield value;
        else yield* this.#chunk(value);
      }
    } catch (error) {
      // The origin broke off: so does the page, after all that came.
      this.#letGo("unclosed");
      this.#out.push(...this.#splitter.end().flatMap(bytesOfPiece));
      if (this.#out.length > 0) {
        yield* this.#flush();
        // An error overtakes what the runtime has yet to send.
        await this.#options.timer(LAST_WORDS_MS).rings;
      }
      this.end(null);
      throw error;
    }
    this.#letGo("unclosed");
    this.#out.push(...this.#splitter.end().flatMap(bytesOfPiece));
    if (this.#isDocument && !this.#isHeadOver && !this.#isPlain) this.#endHead();
    yield* this.#flush();
    this.end(this.#isPlain ? null : this.#slots);
  }

  async *#chunk(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    const pieces = this.#splitter.push(chunk);
    const opened = pieces.flatMap((piece) => (piece.kind === "open" ? [this.#slotOf(piece.tag)] : []));
    let slots = 0;
    for (const piece of pieces) {
      if (this.#isPlain) this.#out.push(...bytesOfPiece(piece));
      else if (piece.kind === "bytes") this.#out.push(piece.bytes);
      else if (piece.kind === "notice") {
        if (this.#held === null) this.#notice(piece.tag, piece.source);
      } else if (piece.kind === "head-end") this.#endHead();
      else if (piece.kind === "open") {
        if (slots === 0) yield* this.#ask(opened);
        this.#open(piece.tag, opened[slots++] ?? null);
      } else if (piece.kind === "content") this.#content(piece.bytes);
      else if (piece.kind === "close") yield* this.#close();
      else this.#letGo("limit");
    }
    this.#giveUpIfPassing();
    if (this.#isPlain) this.#out.push(...this.#splitter.end().flatMap(bytesOfPiece));
    yield* this.#flush();
    // Slots further down are decided for while what stands before them is on its way.
    yield* this.#ask([]);
  }

  /** Asks for what has not been asked for yet. What came before goes out first: a decision takes the thread for milliseconds. */
  async *#ask(opened: readonly (Slot | null)[]): AsyncGenerator<Uint8Array> {
    const { plain, expected, decisions, timer } = this.#options;
    if (plain !== null) return;
    const slots = opened.filter((slot) => slot !== null);
    if (!this.#hasAsked) slots.unshift(...expected);
    this.#hasAsked = true;
    if (!decisions.lacks(slots)) return;
    yield* this.#flush();
    // The runtime writes once nothing else is to be done: without this turn the ranking would come first.
    await timer(0).rings;
    decisions.ask(slots);
  }

  #slotOf(tag: Uint8Array): Slot | null {
    try {
      return readSlot(decoder.decode(tag), this.#options.defaultsOf);
    } catch (error) {
      console.error({ message: "a slot could not be read", error: String(error) });
      return null;
    }
  }

  #notice(tag: "html" | "meta" | "script", source: string): void {
    const attributes = readAttributes(source);
    if (tag === "html") {
      this.#isDocument = true;
      this.#locale = localeOf(attributes.get("lang"));
    } else if (tag === "script") this.#nonce ??= attributes.get("nonce") ?? null;
    else {
      const charset =
        attributes.get("charset") ?? /charset\s*=\s*([^\s;]+)/i.exec(attributes.get("content") ?? "")?.[1];
      if (charset !== undefined && !/^"?utf-?8"?$/i.test(charset.trim())) this.#isPlain = true;
    }
  }

  #endHead(): void {
    this.#isHeadOver = true;
    try {
      const html = this.#options.headHtml(this.#nonce);
      if (html !== "") this.#out.push(utf8(html));
    } catch (error) {
      console.error({ message: "a page's script could not be written", error: String(error) });
    }
  }

  #open(tag: Uint8Array, slot: Slot | null): void {
    this.#isPassing = slot === null;
    if (slot === null) {
      this.#out.push(tag);
      return;
    }
    this.#slots.push(slot);
    const { plain } = this.#options;
    if (plain !== null && slot.type === "recommend") this.#pass(tag, plain);
    else this.#held = { slot, tag, content: [], bytes: 0 };
  }

  #pass(tag: Uint8Array, reason: FallbackReason): void {
    this.#out.push(fallbackTag(tag, reason));
    this.#isPassing = true;
  }

  /** The splitter is a chunk ahead: only a slot that is still open there can be given up. */
  #giveUpIfPassing(): void {
    if (this.#isPassing && this.#splitter.isInSlot) this.#splitter.giveUp();
  }

  #content(bytes: Uint8Array): void {
    const held = this.#held;
    if (held === null || this.#isPassing) {
      this.#out.push(bytes);
      return;
    }
    held.content.push(bytes);
    held.bytes += bytes.length;
    if (held.bytes > MAX_SLOT_BYTES) this.#letGo("limit");
  }

  async *#close(): AsyncGenerator<Uint8Array> {
    const held = this.#held;
    this.#held = null;
    if (held === null || this.#isPassing) {
      this.#isPassing = false;
      return;
    }
    const { slot, tag } = held;
    const content = concatBytes(held.content);
    let filled: Uint8Array | FallbackReason;
    try {
      if (slot.type === "content") {
        filled = fillWithVariant(tag, content, (names) => this.#options.chooseVariant(slot.placement, names));
      } else {
        if (!this.#options.decisions.isSettled(slot)) yield* this.#flush();
        filled = await this.#itemsOf(slot, tag, content);
      }
    } catch (error) {
      console.error({ message: "a slot could not be filled", placement: slot.placement, error: String(error) });
      filled = "failed";
    }
    if (typeof filled === "string") this.#out.push(fallbackTag(tag, filled), content);
    else this.#out.push(filled);
  }

  async #itemsOf(slot: Slot, tag: Uint8Array, content: Uint8Array): Promise<Uint8Array | FallbackReason> {
    const decided = await this.#options.decisions.of(slot);
    if ("missed" in decided) return decided.missed;
    const { count } = slot.request;
    const options = { ...this.#options, locale: this.#locale };
    return fillWithItems(tag, content, slot.template, { ...decided, count }, this.#shown, options);
  }

  /** While the origin takes its time over a slot: lets out what came before, and the slot itself when it takes too long. */
  async *#untilMoreOrOver({ slot }: HeldSlot, next: Promise<unknown>): AsyncGenerator<Uint8Array> {
    const { holdMs, timer, decisions } = this.#options;
    const isHopeless = slot.type === "recommend" && decisions.hasMissed(slot);
    if (!isHopeless) {
      const result = await withinBudget(next, holdMs, timer);
      if (!("missed" in result) || result.missed === "failed") return;
    }
    this.#letGo(isHopeless ? "timeout" : "unclosed");
    this.#giveUpIfPassing();
    yield* this.#flush();
  }

  /** The slot that is held goes out as the origin wrote it. */
  #letGo(reason: FallbackReason): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    this.#pass(held.tag, reason);
    this.#out.push(...held.content);
  }

  *#flush(): Generator<Uint8Array> {
    if (this.#out.length === 0) return;
    const out = this.#out;
    this.#out = [];
    const bytes = concatBytes(out);
    if (bytes.length > 0) yield bytes;
  }
}

/** The origin's bytes of a piece. */
function bytesOfPiece(piece: Piece): Uint8Array[] {
  if (piece.kind === "bytes" || piece.kind === "content") return [piece.bytes];
  return piece.kind === "open" ? [piece.tag] : [];
}

function localeOf(lang: string | undefined): string | undefined {
  return lang !== undefined && /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(lang) ? lang : undefined;
}
