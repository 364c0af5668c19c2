// One page of an origin, handed on in several ways: what each costs is bench/page-cut.ts's to say.
import { SlotSplitter } from "../../src/html/splitter.ts";

const BUFFER_BYTES = 32 * 1024;

/** Hands on what `read` brings, after `work` has looked at it. */
function handedOn(read, work) {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await read();
        if (done) return controller.close();
        work(value);
        controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

const nothing = () => {};

function bodyOf(way, body) {
  if (way === "handed-on") return body;
  if (way === "default-reader") {
    const reader = body.getReader();
    return handedOn(() => reader.read(), nothing);
  }
  const reader = body.getReader({ mode: "byob" });
  const splitter = new SlotSplitter();
  const work = way === "split" ? (chunk) => splitter.push(chunk) : nothing;
  return handedOn(() => reader.read(new Uint8Array(BUFFER_BYTES)), work);
}

export default {
  async fetch(request, env) {
    const way = new URL(request.url).pathname.slice(1);
    const { body } = await env.STORE.fetch("http://store/");
    const headers = { "content-type": "text/html; charset=utf-8" };
    if (way !== "rewriter") return new Response(bodyOf(way, body), { headers });
    return new HTMLRewriter().on("[data-nowcast]", { element() {} }).transform(new Response(body, { headers }));
  },
};
