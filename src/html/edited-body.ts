// A page with its edits, on its way. HTMLRewriter does the editing, and some pages it gives up in the middle: markup whose meaning it
// cannot know while streaming, elements nested too deep. That must never cost the visitor the rest of the page. So it is given
// pieces of whole tokens, each with a comment of ours at its end; what it brings out goes on when that comment comes, without it.
// Where it gives up, what it has not brought out so goes on as the origin wrote it.
import { applyChange, type EditableElement, HIDING_CSS, toAsciiCss } from "./changes.ts";
import type { ChangeConfig } from "./edit-schema.ts";
import { MarkedOutput, MarkedPieces } from "./marked-pieces.ts";
import { pageReader } from "./page-reader.ts";

export interface RewriterElement extends EditableElement {
  onEndTag(handler: (tag: { before(content: string, options?: { html: boolean }): unknown }) => void): void;
}

/** HTMLRewriter, as far as it is needed here. */
export interface PageRewriter {
  on(selector: string, handlers: { element(element: RewriterElement): void }): PageRewriter;
  transform(page: Response): Response;
}

export interface BodyEdit {
  readonly changes: readonly ChangeConfig[];
  /** A style sheet for the end of the head. */
  readonly css?: string | undefined;
  /** Whether it holds for the visitor: asked at each element, and what is not known by then is a no. */
  readonly applies: () => boolean;
}

export interface EditOptions {
  readonly edits: readonly BodyEdit[];
  /** Of the page's policy, for style elements. */
  readonly nonce: string | null;
  /** The page's encoding is not known: what is put in is ASCII. */
  readonly isAscii: boolean;
  /** Letters and digits that stand in no page: a new id. */
  readonly mark: string;
  readonly createRewriter: () => PageRewriter;
}

/** @param source of the origin. Whoever reads no further cancels it. */
export function editedBody(source: ReadableStream<Uint8Array>, options: EditOptions): ReadableStream<Uint8Array> {
  const pieces = new MarkedPieces(pageReader(source), options.mark);
  const output = new MarkedOutput(options.mark, (count) => pieces.confirm(count));
  const page = new Response(pieces.stream(), { headers: { "content-type": "text/html; charset=utf-8" } });
  const edited = pageReader(rewriterOf(options).transform(page).body as ReadableStream<Uint8Array>);
  let isOver = false;
  /** What goes out next; null when the rewriter brings no more. */
  const next = async (): Promise<Uint8Array | null> => {
    while (!isOver) {
      try {
        const { done, value } = await edited.read();
        const out = done ? output.rest() : output.take(value ?? new Uint8Array(0));
        isOver = done;
        if (done) pieces.confirm(Number.POSITIVE_INFINITY);
        if (out.length > 0) return out;
      } catch (error) {
        isOver = true;
        console.error({ message: "a page could not be edited to its end", error: String(error) });
      }
    }
    return null;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await next();
        if (bytes === null) await pieces.passOn(controller);
        else controller.enqueue(bytes);
      },
      async cancel(reason) {
        await Promise.allSettled([edited.cancel(reason), pieces.cancel(reason)]);
      },
    },
    { highWaterMark: 0 },
  );
}

function rewriterOf({ edits, nonce, isAscii, createRewriter }: EditOptions): PageRewriter {
  let rewriter = createRewriter();
  for (const { changes, applies } of edits) {
    for (const change of changes) {
      const element = (found: RewriterElement): void => {
        attempt(() => applies() && applyChange(found, change, isAscii));
      };
      rewriter = rewriter.on(change.selector, { element });
    }
  }
  const styles = edits.filter(({ css }) => css !== undefined);
  // Who is meant may be known only after the head: the rule alone hides nothing.
  const hides = edits.some(({ changes }) => changes.some(({ action }) => action === "hide"));
  if (hides) styles.unshift({ changes: [], css: HIDING_CSS, applies: () => true });
  return styles.length === 0 ? rewriter : withStyles(rewriter, styles, nonce, isAscii);
}

/** Before `</head>`, or at the start of the body where that is missing. */
function withStyles(
  rewriter: PageRewriter,
  styles: readonly BodyEdit[],
  nonce: string | null,
  isAscii: boolean,
): PageRewriter {
  let isOut = false;
  const html = (): string => {
    isOut = true;
    const css = styles.filter(({ applies }) => applies()).map(({ css = "" }) => (isAscii ? toAsciiCss(css) : css));
    return css.length === 0 ? "" : `<style${nonce === null ? "" : ` nonce="${nonce}"`}>${css.join("\n")}</style>`;
  };
  return rewriter
    .on("head", {
      element: (head) =>
        attempt(() => head.onEndTag((tag) => attempt(() => isOut || tag.before(html(), { html: true })))),
    })
    .on("body", { element: (body) => attempt(() => isOut || body.prepend(html(), { html: true })) });
}

/** A handler that throws would truncate the page. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    console.error({ message: "an edit failed at an element", error: String(error) });
  }
}
