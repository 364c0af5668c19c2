// The edits of a plan, on the origin's answer. It comes before slots are filled: an edit may bring one.
import { styleNonce } from "../../../src/html/csp.ts";
import { type BodyEdit, editedBody, type PageRewriter } from "../../../src/html/edited-body.ts";
import { charsetOf, isPage, visitorsHeaders } from "../../../src/html/personalize.ts";

/** Whatever fails, the page is as the origin wrote it. */
export function withEdits(answer: Response, edits: readonly BodyEdit[]): Response {
  if (edits.length === 0 || !isPage(answer)) return answer;
  try {
    const body = editedBody(answer.body as ReadableStream<Uint8Array>, {
      edits,
      nonce: styleNonce(answer.headers.get("content-security-policy")),
      isAscii: charsetOf(answer) === null,
      mark: crypto.randomUUID(),
      createRewriter: () => new HTMLRewriter() as unknown as PageRewriter,
    });
    return new Response(body, {
      status: answer.status,
      statusText: answer.statusText,
      headers: visitorsHeaders(answer),
    });
  } catch (error) {
    console.error({ message: "a page could not be edited", error: String(error) });
    return answer;
  }
}
