// A Nowcast for tests of the middleware: answers as told, and remembers what it was asked.

import type { NowcastService } from "../../middleware/options.ts";
import { utf8 } from "../../src/kernels/bytes.ts";
import { toBase64Url } from "../../src/kernels/digest.ts";

export interface Asked {
  readonly path: string;
  readonly token: string | null;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

type Answer = () => Response | Promise<Response>;

export class FakeNowcast implements NowcastService {
  /** As the site's server. */
  readonly asked: Asked[] = [];
  /** As a browser. */
  readonly forwarded: Request[] = [];
  /** By path; what is not here is answered as a healthy Nowcast would. */
  readonly answers: Record<string, Answer> = {};
  forwardAnswer: Answer = () => Response.json({ accepted: 1 }, { status: 202 });

  async asServer(request: Request): Promise<Response> {
    const { pathname: path } = new URL(request.url);
    const body = (await request.json()) as Asked["body"];
    this.asked.push({ path, token: request.headers.get("x-nowcast-visitor"), headers: request.headers, body });
    const told = this.answers[path];
    if (told !== undefined) return told();
    if (path === "/v1/visitors") return Response.json({ visitorToken: tokenText("fresh") }, { status: 201 });
    if (path === "/v1/events") return Response.json({ accepted: 1 }, { status: 202 });
    return decision(body.placements as object);
  }

  async fetch(request: Request): Promise<Response> {
    this.forwarded.push(request);
    return this.forwardAnswer();
  }

  asks(path: string): Asked[] {
    return this.asked.filter((one) => one.path === path);
  }
}

/** A lamp for every placement. */
export function decision(placements: object, more: object = {}): Response {
  const item = { id: "lamp-1", item: { title: "Lamp <1>", url: "/p/1" } };
  const entries = Object.keys(placements).map((name) => [name, { items: [item] }]);
  return Response.json({ decisionId: "d1.receipt.sig", placements: Object.fromEntries(entries), ...more });
}

/** What a token of a visitor looks like from outside. @param consent to statistics and to a profile */
export function tokenText(id: string, consent?: readonly [boolean, boolean]): string {
  const payload = { s: "default", k: "a", i: id, e: 4e12, ...(consent === undefined ? {} : { c: consent }) };
  return `v1.${toBase64Url(utf8(JSON.stringify(payload)))}.c2lnbmF0dXJl`;
}
