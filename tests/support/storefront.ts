// The demo as `npm start` runs it: the API, the shop through Nowcast and the shop alone in one local server, seeded by fewer
// shoppers.
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { Client } from "../../cli/client/client.ts";
import { LOCAL_KEY } from "../../cli/client/connection.ts";
import { freePort, spawnServer, untilHealthy } from "../../cli/dev/local-server.ts";
import { openSecondPort } from "../../cli/dev/second-port.ts";
import { seed } from "../../cli/dev/seed.ts";

const START_MS = 120_000;
const quiet = { say: () => {}, startProgress: () => ({ update: () => {}, stop: () => {} }) };

export interface Storefront {
  /** Of the shop through Nowcast, without a slash at the end. */
  readonly url: string;
  /** Of the shop alone. */
  readonly originUrl: string;
  /** Asks the API with the secret key. @param json is posted @param headers besides */
  request(path: string, json?: object, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** Starts it before the tests of the calling file or block, and stops it after them. */
export function useStorefront(shoppers = 80): Storefront {
  const state = { url: "", originUrl: "", apiUrl: "", folder: "" };
  const doors: Server[] = [];
  let server: ChildProcess | undefined;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "nowcast-shop-"));
    state.folder = folder;
    const [port = 0, site = 0, origin = 0] = await threePorts();
    server = spawnServer({ port, persist: join(folder, "state"), output: "ignore", shop: { site, origin } });
    for (const door of [site, origin]) doors.push(await openSecondPort(door, port));
    Object.assign(state, {
      apiUrl: `http://127.0.0.1:${port}`,
      url: `http://localhost:${site}`,
      originUrl: `http://localhost:${origin}`,
    });
    await untilHealthy(state.apiUrl, server, START_MS);
    const client = new Client({ url: state.apiUrl, key: LOCAL_KEY, timeoutMs: 60_000 });
    await seed(client, { folder, now: Date.now(), shoppers, ...quiet });
  }, 3 * START_MS);
  afterAll(async () => {
    for (const door of doors) {
      door.closeAllConnections();
      door.close();
    }
    const gone = new Promise((resolve) => (server === undefined ? resolve(null) : server.once("exit", resolve)));
    server?.kill("SIGTERM");
    await gone;
    if (state.folder !== "") rmSync(state.folder, { recursive: true, force: true });
  });
  return {
    get url() {
      return state.url;
    },
    get originUrl() {
      return state.originUrl;
    },
    request: (path, json, headers = {}) =>
      fetch(state.apiUrl + path, {
        headers: { authorization: `Bearer ${LOCAL_KEY}`, ...headers },
        ...(json === undefined ? {} : { method: "POST", body: JSON.stringify(json) }),
      }),
  };
}

/** Free ones, and no two the same. */
async function threePorts(): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < 3) ports.add((await freePort(0)) ?? 0);
  return [...ports];
}
