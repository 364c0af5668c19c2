// Finds the tags in a stream of HTML bytes by the rules of the HTML standard's tokenizer
// (https://html.spec.whatwg.org/multipage/parsing.html#tokenization): comments, quoted attributes, and elements whose content is
// no markup (script with its escapes, style, title, textarea, …). It reads ahead nothing and copies nothing but a token that a
// chunk's end cuts in two.
import { addToName, NAME_SEED, nameHash } from "./tag-names.ts";

/** What a tag is, valid during the call that tells of it. */
export interface TagToken {
  readonly isEnd: boolean;
  /** See tag-names.ts. */
  readonly name: number;
  readonly isSelfClosing: boolean;
  /** Whether it has an attribute `data-nowcast`. */
  readonly isMarked: boolean;
}

/** @param from of the `<`; @param to after the `>` */
export type OnTag = (bytes: Uint8Array, from: number, to: number, tag: TagToken) => void;

/** A tag of more bytes is passed over: it is no slot's. */
const MAX_TAG_BYTES = 16 * 1024;

const MARK = nameHash("data-nowcast");
const SCRIPT = nameHash("script");
const PLAINTEXT = nameHash("plaintext");
const SVG = nameHash("svg");
const MATH = nameHash("math");
/** Their content ends at their end tag, whatever it looks like. */
const RAW_NAMES = ["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];
const RAW: ReadonlyMap<number, Uint8Array> = new Map(
  RAW_NAMES.map((name) => [nameHash(name), new TextEncoder().encode(name)]),
);
const CDATA = new TextEncoder().encode("<![CDATA[");
const NO_BYTES = new Uint8Array(0);

const State = { text: 0, tag: 1, comment: 2, declaration: 3, raw: 4, plain: 5, cdata: 6 } as const;
/** Within a tag. */
const At = {
  name: 0,
  beforeAttribute: 1,
  attribute: 2,
  afterAttribute: 3,
  beforeValue: 4,
  double: 5,
  single: 6,
  bare: 7,
};

const LT = 60;
const GT = 62;
const SLASH = 47;
const BANG = 33;
const QUESTION = 63;
const DASH = 45;
const EQUALS = 61;
const DOUBLE = 34;
const SINGLE = 39;

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13 && byte !== 11);
}

/** What ends a name within a tag, but for `>` and `=`. */
function isBlank(byte: number): boolean {
  return byte <= SLASH && (byte === SLASH || isSpace(byte));
}

function isLetter(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);
}

export class Tokenizer {
  readonly #onTag: OnTag;
  #state: number = State.text;
  // Of the tag that is being read.
  #at: number = At.name;
  #isEnd = false;
  #name = NAME_SEED;
  #attribute = NAME_SEED;
  #isMarked = false;
  /** A tag that has become too long: its first bytes are gone. */
  #isLong = false;
  // Of the element whose content is no markup.
  #rawName: Uint8Array = NO_BYTES;
  #isScript = false;
  /** Of a script: 1 within `<!--`, 2 within a `<script` in it, where `</script` ends nothing. */
  #escape = 0;
  /** How deep in svg or math. */
  #foreign = 0;
  /** One for all tags: a page has thousands. */
  readonly #token = { isEnd: false, name: 0, isSelfClosing: false, isMarked: false };

  constructor(onTag: OnTag) {
    this.#onTag = onTag;
  }

  /**
   * Reads on.
   * @param bytes what the last call left, then what came since
   * @param from what of it has been read: what the last call left, without its first bytes when `resumeAt` says so
   * @returns where the token begins that the end cuts in two: to be given again, followed by more
   */
  read(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next < 0) return -next - 1;
      at = next;
    }
    return bytes.length;
  }

  /** How many bytes of what `read` left have been read, and need not be read again. */
  #resume = 0;
  get resumeAt(): number {
    return this.#resume;
  }

  /** Whether what comes next is markup: no comment, tag, script or the like is open. */
  get isInMarkup(): boolean {
    return this.#state === State.text;
  }

  /** @returns where to go on, or -(start + 1) of what must be kept until more is there */
  #step(bytes: Uint8Array, at: number): number {
    this.#resume = 0;
    switch (this.#state) {
      case State.text:
        return this.#text(bytes, at);
      case State.tag:
        // A tag begun before: it stands at 0, unless it is too long to be kept.
        return this.#tag(bytes, this.#isLong ? -1 : 0, at);
      case State.comment:
        return this.#comment(bytes, at);
      case State.declaration: {
        const end = bytes.indexOf(GT, at);
        if (end < 0) return bytes.length;
        this.#state = State.text;
        return end + 1;
      }
      case State.cdata: {
        for (let i = bytes.indexOf(93, at); i >= 0; i = bytes.indexOf(93, i + 1)) {
          if (i + 2 >= bytes.length) return keep(i);
          if (bytes[i + 1] !== 93 || bytes[i + 2] !== GT) continue;
          this.#state = State.text;
          return i + 3;
        }
        return bytes.length;
      }
      case State.raw:
        return this.#escape > 0 ? this.#escapedScript(bytes, at) : this.#raw(bytes, at);
      default:
        return bytes.length;
    }
  }

  #text(bytes: Uint8Array, from: number): number {
    // Most texts are short: a call of indexOf costs as much as some bytes.
    let at = from;
    const near = Math.min(bytes.length, from + 24);
    while (at < near && bytes[at] !== LT) at++;
    if (at === near) at = bytes.indexOf(LT, at);
    if (at < 0 || at === bytes.length) return bytes.length;
    const next = bytes[at + 1];
    if (next === undefined) return keep(at);
    if (isLetter(next)) return this.#open(bytes, at, at + 1, false);
    if (next === SLASH) {
      const after = bytes[at + 2];
      if (after === undefined) return keep(at);
      if (isLetter(after)) return this.#open(bytes, at, at + 2, true);
      if (after === GT) return at + 3;
      this.#state = State.declaration;
      return at + 2;
    }
    if (next === QUESTION) {
      this.#state = State.declaration;
      return at + 2;
    }
    if (next !== BANG) return at + 1;
    const dashes = bytes[at + 2] === DASH;
    if (bytes.length < at + 4 && (dashes || bytes.length < at + 3)) return keep(at);
    if (dashes && bytes[at + 3] === DASH) {
      // `<!-->` and `<!--->` are comments, too.
      if (bytes.length < at + 6 && bytes[at + 4] !== GT) return keep(at);
      if (bytes[at + 4] === GT) return at + 5;
      if (bytes[at + 4] === DASH && bytes[at + 5] === GT) return at + 6;
      this.#state = State.comment;
      return at + 4;
    }
    if (this.#foreign > 0) {
      const given = Math.min(CDATA.length, bytes.length - at);
      if (startsWith(bytes, at, CDATA, given)) {
        if (given < CDATA.length) return keep(at);
        this.#state = State.cdata;
        return at + CDATA.length;
      }
    }
    this.#state = State.declaration;
    return at + 2;
  }

  #comment(bytes: Uint8Array, from: number): number {
    for (let at = bytes.indexOf(DASH, from); at >= 0; at = bytes.indexOf(DASH, at + 1)) {
      // `-->` or `--!>`
      if (at + 2 >= bytes.length) return keep(at);
      if (bytes[at + 1] !== DASH) continue;
      const bang = bytes[at + 2] === BANG ? 1 : 0;
      if (at + 2 + bang >= bytes.length) return keep(at);
      if (bytes[at + 2 + bang] !== GT) continue;
      this.#state = State.text;
      return at + 3 + bang;
    }
    return bytes.length;
  }

  #open(bytes: Uint8Array, start: number, at: number, isEnd: boolean): number {
    this.#state = State.tag;
    this.#at = At.name;
    this.#isEnd = isEnd;
    this.#name = NAME_SEED;
    this.#isMarked = false;
    this.#isLong = false;
    return this.#tag(bytes, start, at);
  }

  /** @param start of the tag in `bytes`, -1 when it began before them */
  #tag(bytes: Uint8Array, start: number, from: number): number {
    let at = from;
    let where = this.#at;
    let name = this.#name;
    let attribute = this.#attribute;
    const end = bytes.length;
    // A loop a state: most bytes of a page are names and values within tags.
    while (at < end) {
      const byte = bytes[at] as number;
      if (where === At.double || where === At.single) {
        const quote = where === At.double ? DOUBLE : SINGLE;
        while (at < end && bytes[at] !== quote) at++;
        if (at === end) break;
        where = At.beforeAttribute;
        at++;
        continue;
      }
      if (byte === GT) {
        if (where === At.attribute && attribute === MARK) this.#isMarked = true;
        this.#name = name;
        return this.#close(bytes, start, at + 1, where);
      }
      switch (where) {
        case At.name:
          if (isBlank(byte)) where = At.beforeAttribute;
          else name = addToName(name, byte);
          break;
        case At.beforeAttribute:
          if (isBlank(byte)) break;
          where = At.attribute;
          attribute = addToName(NAME_SEED, byte);
          break;
        case At.attribute:
          if (byte === EQUALS || isBlank(byte)) {
            if (attribute === MARK) this.#isMarked = true;
            where = byte === EQUALS ? At.beforeValue : byte === SLASH ? At.beforeAttribute : At.afterAttribute;
          } else attribute = addToName(attribute, byte);
          break;
        case At.afterAttribute:
          if (byte === EQUALS) where = At.beforeValue;
          else if (byte === SLASH) where = At.beforeAttribute;
          else if (!isBlank(byte)) {
            where = At.attribute;
            attribute = addToName(NAME_SEED, byte);
          }
          break;
        case At.beforeValue:
          if (byte === DOUBLE) where = At.double;
          else if (byte === SINGLE) where = At.single;
          else if (!isSpace(byte)) where = At.bare;
          break;
        default:
          if (isSpace(byte)) where = At.beforeAttribute;
      }
      at++;
    }
    this.#at = where;
    this.#name = name;
    this.#attribute = attribute;
    if (start < 0) return end;
    if (end - start > MAX_TAG_BYTES) {
      this.#isLong = true;
      return end;
    }
    this.#resume = end - start;
    return keep(start);
  }

  #close(bytes: Uint8Array, start: number, to: number, where: number): number {
    const name = this.#name;
    const isEnd = this.#isEnd;
    const isSelfClosing = where === At.beforeAttribute && bytes[to - 2] === SLASH;
    this.#state = State.text;
    if ((name === SVG || name === MATH) && !isSelfClosing)
      this.#foreign = Math.max(0, this.#foreign + (isEnd ? -1 : 1));
    else if (!isEnd && !(isSelfClosing && this.#foreign > 0)) this.#enterRaw(name);
    const token = this.#token;
    token.isEnd = isEnd;
    token.name = name;
    token.isSelfClosing = isSelfClosing;
    token.isMarked = this.#isMarked && !this.#isLong;
    this.#onTag(bytes, start < 0 ? to : start, to, token);
    return to;
  }

  #enterRaw(name: number): void {
    if (name === PLAINTEXT) this.#state = State.plain;
    const raw = RAW.get(name);
    if (raw === undefined) return;
    this.#state = State.raw;
    this.#rawName = raw;
    this.#isScript = name === SCRIPT;
    this.#escape = 0;
  }

  #raw(bytes: Uint8Array, from: number): number {
    const name = this.#rawName;
    for (let at = bytes.indexOf(LT, from); at >= 0; at = bytes.indexOf(LT, at + 1)) {
      if (this.#isScript) {
        const given = Math.min(4, bytes.length - at);
        if (startsWith(bytes, at, COMMENT_START, given)) {
          if (given < 4) return keep(at);
          this.#escape = 1;
          // The dashes may be those of `-->`.
          return at + 2;
        }
      }
      const found = endTag(bytes, at, name);
      if (found === "more") return keep(at);
      if (found === "yes") return this.#open(bytes, at, at + 2, true);
    }
    return bytes.length;
  }

  /** Within `<!--` of a script. */
  #escapedScript(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === DASH) {
        const given = Math.min(3, bytes.length - at);
        if (!startsWith(bytes, at, COMMENT_END, given)) continue;
        if (given < 3) return keep(at);
        this.#escape = 0;
        return at + 3;
      }
      if (byte !== LT) continue;
      const found = endTag(bytes, at, this.#rawName);
      if (found === "more") return keep(at);
      if (found === "yes") {
        if (this.#escape === 1) return this.#open(bytes, at, at + 2, true);
        this.#escape = 1;
        continue;
      }
      if (this.#escape === 2) continue;
      const opened = named(bytes, at + 1, this.#rawName);
      if (opened === "more") return keep(at);
      if (opened === "yes") this.#escape = 2;
    }
    return bytes.length;
  }
}

const COMMENT_START = new TextEncoder().encode("<!--");
const COMMENT_END = new TextEncoder().encode("-->");

const keep = (start: number): number => -start - 1;

function startsWith(bytes: Uint8Array, at: number, expected: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

function endTag(bytes: Uint8Array, at: number, name: Uint8Array): "yes" | "no" | "more" {
  const next = bytes[at + 1];
  if (next === undefined) return "more";
  return next === SLASH ? named(bytes, at + 2, name) : "no";
}

/** Whether the name stands there, and ends. */
function named(bytes: Uint8Array, at: number, name: Uint8Array): "yes" | "no" | "more" {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return "more";
    if ((byte | 32) !== name[i]) return "no";
  }
  const after = bytes[at + name.length];
  if (after === undefined) return "more";
  return isSpace(after) || after === SLASH || after === GT ? "yes" : "no";
}
