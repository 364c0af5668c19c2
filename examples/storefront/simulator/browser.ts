// One shopper's browser, as far as a shop sees it: pages with cookies, forms that redirect, and the events that Nowcast's script would
// send, with the receipts that it found in the page. It draws nothing and waits for nothing.
import type { ShopEvent } from "../shop/shop-event.ts";
import { type ReadPage, readPage } from "./read-page.ts";

/** Fields of an event as the browser's script sends it. */
interface SentEvent extends ShopEvent {
  readonly decisionId?: string;
  readonly placement?: string;
  readonly position?: number;
}

export interface BrowserOptions {
  /** Of the shop. */
  readonly url: string;
  /** Of its events; equal names make equal ids. */
  readonly name: string;
  readonly signal?: AbortSignal;
}

const USER_AGENT =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const MAX_REDIRECTS = 5;
const ATTEMPT_MS = 20_000;

export class Browser {
  pages = 0;
  events = 0;
  readonly #options: BrowserOptions;
  readonly #cookies = new Map<string, string>();
  #at: string;
  #page: ReadPage | null = null;
  #waiting: object[] = [];
  #count = 0;

  constructor(options: BrowserOptions) {
    this.#options = options;
    this.#at = options.url;
  }

  /** Opens a page of the shop. @throws Error when it does not answer with one */
  async open(path: string): Promise<ReadPage> {
    return this.#go(new URL(path, this.#options.url), { method: "GET" });
  }

  /** Posts a form and follows where it leads. */
  async post(path: string, form: Readonly<Record<string, string>>): Promise<ReadPage> {
    return this.#go(new URL(path, this.#options.url), { method: "POST", body: new URLSearchParams(form) });
  }

  /** Notes an event; it is sent before the page is left. A page without Nowcast's script tells nothing. */
  track(event: SentEvent): void {
    if (this.#page?.script == null) return;
    const id = `${this.#options.name}-${++this.#count}`;
    this.#waiting.push({ id, ts: Date.now(), context: { url: this.#at }, ...event });
  }

  /** Sends what waits. @throws Error when Nowcast refuses it */
  async flush(): Promise<void> {
    const script = this.#page?.script;
    if (this.#waiting.length === 0 || script == null) return;
    const events = this.#waiting;
    this.#waiting = [];
    const url = new URL(`${script.base}/v1/events?key=${script.key}`, this.#options.url);
    const answer = await this.#request(url, {
      method: "POST",
      body: JSON.stringify({ events }),
      headers: { "content-type": "application/json" },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url.pathname} answered ${answer.status}: ${text.slice(0, 300)}`);
    this.events += events.length;
  }

  async #go(url: URL, init: RequestInit): Promise<ReadPage> {
    await this.flush();
    let [at, asked] = [url, init];
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.#request(at, {
        ...asked,
        headers: { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", accept: "text/html", referer: this.#at },
      });
      const location = answer.headers.get("location");
      const html = await answer.text();
      if (location !== null && answer.status >= 300 && answer.status < 400) {
        [at, asked] = [new URL(location, at), { method: "GET" }];
        continue;
      }
      if (!answer.ok || !html.includes("</html>"))
        throw new Error(`${at.pathname} answered ${answer.status}, and no whole page`);
      this.#at = at.href;
      this.#page = readPage(html);
      this.pages++;
      for (const event of this.#page.events) this.track(event);
      return this.#page;
    }
    throw new Error(`${url.pathname} redirects without end`);
  }

  async #request(url: URL, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const late = AbortSignal.timeout(ATTEMPT_MS);
    const { signal } = this.#options;
    const answer = await fetch(url, {
      ...init,
      redirect: "manual",
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      headers: { ...init.headers, "user-agent": USER_AGENT, ...(cookie === "" ? {} : { cookie }) },
    }).catch((cause) => {
      throw new Error(`${init.method} ${url.href}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    });
    for (const set of answer.headers.getSetCookie()) this.#keep(set);
    return answer;
  }

  /** Paths are not told apart: the shop's names are unique. */
  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split(/;\s*/);
    const split = pair.indexOf("=");
    const name = pair.slice(0, split);
    if (attributes.some((one) => /^max-age=0$/i.test(one))) this.#cookies.delete(name);
    else this.#cookies.set(name, pair.slice(split + 1));
  }
}
