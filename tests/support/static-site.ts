// A web server of few pages, as the site whose pages a test looks at.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";

/** What a path answers: HTML, or whatever a function makes of the request. */
export type StaticPage = string | ((request: IncomingMessage) => Response | Promise<Response>);

export interface StaticSite {
  /** `http://localhost:PORT`, known once the tests run. */
  readonly url: string;
  /** May be changed by tests at any time; the path is without its query. */
  readonly pages: Map<string, StaticPage>;
  /** Method and path of every request, in order. */
  readonly requests: string[];
}

/** Listens on a free port before the tests of the calling file or block and ends after them. */
export function useStaticSite(pages: Readonly<Record<string, StaticPage>> = {}): StaticSite {
  const site = { url: "", pages: new Map(Object.entries(pages)), requests: [] as string[] };
  const server = createServer(async (request, response) => {
    site.requests.push(`${request.method} ${request.url}`);
    const page = site.pages.get(new URL(request.url ?? "/", "http://localhost").pathname);
    const answer = page === undefined ? new Response("not here", { status: 404 }) : await answerOf(page, request);
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(new Uint8Array(await answer.arrayBuffer()));
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    site.url = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return site;
}

function answerOf(page: StaticPage, request: IncomingMessage): Response | Promise<Response> {
  if (typeof page === "function") return page(request);
  return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
}
