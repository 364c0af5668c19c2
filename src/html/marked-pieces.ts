// A page in pieces of whole tokens, each with a mark at its end: a comment that comes out behind all that was made of the piece.
// What is marked is out; what is not can still be had as it was.
import { utf8 } from "../kernels/bytes.ts";
import { concatBytes } from "./fill.ts";
import type { PageReader } from "./page-reader.ts";
import { nameHash } from "./tag-names.ts";
import { Tokenizer } from "./tokenizer.ts";

/** What is held until a script, a comment or a tag ends; a page with a longer one passes from there as it is. */
const MAX_HELD_BYTES = 512 * 1024;
/** What stands in it is markup to some readers and text to others. */
const NOSCRIPT = nameHash("noscript");

const NO_BYTES = new Uint8Array(0);
const decoder = new TextDecoder();
/** A byte that hardly any page has, so that looking for marks costs next to nothing. */
const CONTROL = 1;
const CONTROL_AT = 4;
const GT = 62;

const markStart = (mark: string): string => `<!--\u0001${mark}.`;

/** The page in pieces of whole tokens, and which of them the rewriter has not confirmed yet. */
export class MarkedPieces {
  readonly #reader: PageReader;
  readonly #mark: string;
  readonly #tokenizer = new Tokenizer((_bytes, from, to, { isEnd, name }) => {
    if (isEnd && name === NOSCRIPT) this.#isInNoscript = false;
    if (!this.#isInNoscript) this.#cut = isEnd ? to : from;
    if (!isEnd && name === NOSCRIPT) this.#isInNoscript = true;
  });
  #isInNoscript = false;
  /** Of what is being read: what lies before it may be given. */
  #cut = 0;
  /** Read, but not to be given yet. */
  #held: Uint8Array = NO_BYTES;
  /** Behind that, a token that is cut in two. */
  #kept: Uint8Array = NO_BYTES;
  /** Given, and not confirmed. */
  #given: Uint8Array[] = [];
  #count = 0;
  #confirmed = 0;
  #isOver = false;
  #isGivenUp = false;
  #pulling: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(reader: PageReader, mark: string) {
    this.#reader = reader;
    this.#mark = mark;
  }

  /** For the rewriter: pieces with their marks. It ends where the page ends or breaks off, or where too much would be held. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          this.#pulling = this.#pull(controller);
          return this.#pulling;
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const piece = this.#isGivenUp ? null : await this.#next();
    if (this.#isGivenUp) return;
    if (piece !== null) {
      controller.enqueue(joined(this.#give(piece), utf8(`${markStart(this.#mark)}${this.#count}-->`)));
      return;
    }
    const rest = this.#isOver ? this.#takeRest() : NO_BYTES;
    if (rest.length > 0) controller.enqueue(this.#give(rest));
    controller.close();
  }

  #give(piece: Uint8Array): Uint8Array {
    this.#given.push(piece);
    this.#count++;
    return piece;
  }

  /** The next piece of whole tokens; null when there is none any more. */
  async #next(): Promise<Uint8Array | null> {
    while (!this.#isOver) {
      const chunk = await this.#read();
      if (chunk === null) break;
      if (this.#isGivenUp) {
        this.#given.push(chunk);
        break;
      }
      const bytes = joined(this.#kept, chunk);
      this.#cut = 0;
      const end = this.#tokenizer.read(bytes, this.#kept.length === 0 ? 0 : this.#tokenizer.resumeAt);
      if (this.#tokenizer.isInMarkup && !this.#isInNoscript) this.#cut = end;
      const piece = this.#cut === 0 ? NO_BYTES : joined(this.#held, bytes.subarray(0, this.#cut));
      this.#held = this.#cut === 0 ? joined(this.#held, bytes.subarray(0, end)) : bytes.subarray(this.#cut, end);
      this.#kept = bytes.subarray(end);
      if (piece.length > 0) return piece;
      if (this.#held.length + this.#kept.length > MAX_HELD_BYTES) return null;
    }
    return null;
  }

  #takeRest(): Uint8Array {
    const rest = joined(this.#held, this.#kept);
    this.#held = NO_BYTES;
    this.#kept = NO_BYTES;
    return rest;
  }

  /** A page that breaks off ends here; the failure is handed on when all before it is out. */
  async #read(): Promise<Uint8Array | null> {
    try {
      const { done, value } = await this.#reader.read();
      if (!done) return value ?? NO_BYTES;
    } catch (error) {
      this.#failure = { error };
    }
    this.#isOver = true;
    return null;
  }

  /** The pieces up to this one are out. */
  confirm(count: number): void {
    this.#given.splice(0, count - this.#confirmed);
    this.#confirmed = count;
  }

  #finish(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (this.#failure === null) controller.close();
    else controller.error(this.#failure.error);
  }

  /** What the rewriter has not brought out, then what is still to come, as the origin wrote it. */
  async passOn(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#isGivenUp = true;
    if (this.#passRest(controller)) return;
    // The rewriter may have asked for a piece before it gave up: two cannot read at a time, and what comes is not lost.
    await this.#pulling?.catch(() => {});
    if (this.#passRest(controller)) return;
    const chunk = this.#isOver ? null : await this.#read();
    if (chunk !== null) controller.enqueue(chunk);
    else this.#finish(controller);
  }

  /** @returns whether there was any */
  #passRest(controller: ReadableStreamDefaultController<Uint8Array>): boolean {
    const rest = [...this.#given, this.#takeRest()].filter(({ length }) => length > 0);
    this.#given = [];
    for (const bytes of rest) controller.enqueue(bytes);
    return rest.length > 0;
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

/** What the rewriter brings out, as far as a mark says that it is whole. */
export class MarkedOutput {
  readonly #start: Uint8Array;
  readonly #onMark: (count: number) => void;
  #held: Uint8Array[] = [];
  /** The end of a mark is yet to come. */
  #isCut = false;

  constructor(mark: string, onMark: (count: number) => void) {
    this.#start = utf8(markStart(mark));
    this.#onMark = onMark;
  }

  /** @returns what lies before the last mark, without marks */
  take(chunk: Uint8Array): Uint8Array {
    this.#held.push(chunk);
    if (!this.#isCut && chunk.indexOf(CONTROL) < 0) return NO_BYTES;
    const bytes = this.rest();
    this.#isCut = false;
    let out: Uint8Array = NO_BYTES;
    let from = 0;
    for (let at = bytes.indexOf(CONTROL); at >= 0; at = bytes.indexOf(CONTROL, at + 1)) {
      const start = at - CONTROL_AT;
      const given = Math.min(this.#start.length, bytes.length - start);
      if (start < from || !this.#start.subarray(0, given).every((byte, i) => bytes[start + i] === byte)) continue;
      const end = bytes.indexOf(GT, start + this.#start.length);
      if (end < 0) {
        this.#isCut = true;
        break;
      }
      out = joined(out, bytes.subarray(from, start));
      from = end + 1;
      this.#onMark(Number.parseInt(decoder.decode(bytes.subarray(start + this.#start.length, end)), 10));
    }
    this.#held = [bytes.subarray(from)];
    return out;
  }

  /** What was held, once. */
  rest(): Uint8Array {
    const held = this.#held;
    this.#held = [];
    return held.length === 1 ? (held[0] as Uint8Array) : concatBytes(held);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
