// Cuts a page, as its bytes come, into what passes and what may be replaced: a slot is an element with `data-nowcast`. Put
// together again, the pieces are the page, byte by byte. All that stands before a slot is let out with the chunk in which it
// came; only a tag that the end of a chunk cuts in two waits for its rest.
import { OpenElements } from "./open-elements.ts";
import { nameHash, nameSet } from "./tag-names.ts";
import { type TagToken, Tokenizer } from "./tokenizer.ts";

export type Piece =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** A tag in the head that says something of the page (its own bytes come as `bytes`). */
  | { readonly kind: "notice"; readonly tag: "html" | "meta" | "script"; readonly source: string }
  /** The place before `</head>`, or after `<body …>` when the former is missing. */
  | { readonly kind: "head-end" }
  /** A slot begins; its start tag as it stands. */
  | { readonly kind: "open"; readonly tag: Uint8Array }
  | { readonly kind: "content"; readonly bytes: Uint8Array }
  /** The slot's content is over; its end tag, if it has one, comes as `bytes`. */
  | { readonly kind: "close" }
  /** From here on nothing is known of slots: one that is open has no end. */
  | { readonly kind: "lost" };

/** Slots of a page, and bytes of a page, beyond which it passes as it is. */
export const PAGE_LIMITS = { slots: 200, bytes: 8 * 1024 * 1024 } as const;

const HEAD = nameHash("head");
const BODY = nameHash("body");
const HTML = nameHash("html");
const META = nameHash("meta");
const SCRIPT = nameHash("script");
/** Elements that cannot be filled. */
const NO_SLOT = nameSet(
  "html head body script style template title textarea xmp iframe noembed noframes plaintext svg math select",
);

const NO_BYTES = new Uint8Array(0);
const decoder = new TextDecoder();

export class SlotSplitter {
  readonly #open = new OpenElements();
  readonly #tokenizer = new Tokenizer((bytes, from, to, tag) => this.#tag(bytes, from, to, tag));
  #pieces: Piece[] = [];
  #kept: Uint8Array = NO_BYTES;
  /** Up to here the bytes at hand are in a piece. */
  #emitted = 0;
  /** Depth of the slot that is open, or was given up; -1 outside of slots. */
  #slotDepth = -1;
  #isGivenUp = false;
  #isHeadOver = false;
  #slots = 0;
  #bytes = 0;
  /** The rest of the page passes. */
  #isPlain = false;

  /** Whether a slot is open. */
  get isInSlot(): boolean {
    return this.#slotDepth >= 0 && !this.#isGivenUp;
  }

  /** The pieces that a chunk completes. Never throws: what fails lets the page through as it is. */
  push(chunk: Uint8Array): Piece[] {
    if (this.#isPlain) return [{ kind: "bytes", bytes: chunk }];
    const bytes = this.#kept.length === 0 ? chunk : joined(this.#kept, chunk);
    const read = this.#kept.length === 0 ? 0 : this.#tokenizer.resumeAt;
    this.#kept = NO_BYTES;
    this.#pieces = [];
    this.#emitted = 0;
    if (this.#bytes === 0 && isUtf16(chunk)) return this.#lose(bytes);
    this.#bytes += chunk.length;
    try {
      const end = this.#tokenizer.read(bytes, read);
      this.#emit(bytes, end);
      if (this.#bytes > PAGE_LIMITS.bytes || this.#open.isTooDeep) return this.#lose(bytes);
      this.#kept = bytes.subarray(end);
    } catch (error) {
      console.error({ message: "a page could not be read", error: String(error) });
      this.#pieces = [];
      this.#emitted = 0;
      return this.#lose(bytes);
    }
    return this.#pieces;
  }

  #lose(bytes: Uint8Array): Piece[] {
    this.#isPlain = true;
    this.#slotDepth = -1;
    this.#pieces.push({ kind: "lost" });
    this.#emit(bytes, bytes.length);
    return this.#pieces;
  }

  /** What is left when the page is over. A slot that is still open has no end. */
  end(): Piece[] {
    const rest = this.#kept;
    this.#kept = NO_BYTES;
    if (rest.length === 0) return [];
    return [{ kind: this.isInSlot ? "content" : "bytes", bytes: rest }];
  }

  /** Lets go of the slot that is open: what comes of it, and slots within it, is as it stands. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  #emit(bytes: Uint8Array, to: number): void {
    if (to <= this.#emitted) return;
    this.#pieces.push({
      kind: this.isInSlot ? "content" : "bytes",
      bytes: bytes.subarray(this.#emitted, to),
    });
    this.#emitted = to;
  }

  #tag(bytes: Uint8Array, from: number, to: number, tag: TagToken): void {
    const open = this.#open;
    if (tag.isEnd) {
      if (tag.name === HEAD) this.#endHead(bytes, from);
      const gone = open.close(tag.name);
      if (gone >= 0 && gone < this.#slotDepth) this.#slotDepth--;
    } else open.endImplied(tag.name);
    if (this.#slotDepth >= 0 && open.depth <= this.#slotDepth) this.#closeSlot(bytes, from);
    if (tag.isEnd) return;
    const mayHoldSlot = !open.isInert && this.#slotDepth < 0;
    const hasContent = open.open(tag);
    if (tag.name === BODY) this.#endHead(bytes, to);
    else if (!this.#isHeadOver) this.#notice(bytes, from, to, tag.name);
    if (!tag.isMarked || !mayHoldSlot || !hasContent || NO_SLOT.has(tag.name) || this.#slots >= PAGE_LIMITS.slots)
      return;
    this.#emit(bytes, from);
    this.#slots++;
    this.#slotDepth = open.depth - 1;
    this.#isGivenUp = false;
    this.#pieces.push({ kind: "open", tag: bytes.slice(from, to) });
    this.#emitted = to;
  }

  #closeSlot(bytes: Uint8Array, at: number): void {
    this.#emit(bytes, at);
    if (!this.#isGivenUp) this.#pieces.push({ kind: "close" });
    this.#slotDepth = -1;
    this.#isGivenUp = false;
  }

  #endHead(bytes: Uint8Array, at: number): void {
    if (this.#isHeadOver || this.#slotDepth >= 0) return;
    this.#isHeadOver = true;
    this.#emit(bytes, at);
    this.#pieces.push({ kind: "head-end" });
  }

  #notice(bytes: Uint8Array, from: number, to: number, name: number): void {
    const tag = name === META ? "meta" : name === SCRIPT ? "script" : name === HTML ? "html" : null;
    if (tag !== null) this.#pieces.push({ kind: "notice", tag, source: decoder.decode(bytes.subarray(from, to)) });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** By its byte order mark. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
