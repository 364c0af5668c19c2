// `nowcast dev`: everything on this machine, seeded on the first start. What `npm start` runs.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineCommand } from "citty";
import { Client } from "../client/client.ts";
import { LOCAL_KEY } from "../client/connection.ts";
import { onEnd } from "../dev/end-signals.ts";
import { freePort, isHealthy, ROOT, spawnServer, untilHealthy } from "../dev/local-server.ts";
import { openSecondPort } from "../dev/second-port.ts";
import { seed } from "../dev/seed.ts";
import { welcome } from "../dev/welcome.ts";
import { startProgress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

const START_MS = 120_000;

export default defineCommand({
  meta: { description: "Run everything locally, with sample data on the first start" },
  args: {
    port: { type: "string", default: "8787", valueHint: "PORT", description: "Where the API listens" },
    shop: {
      type: "boolean",
      default: true,
      description: "With the demo shop on the next ports: through Nowcast, and alone; --no-shop leaves it out",
    },
    persist: {
      type: "string",
      valueHint: "DIR",
      description: "Where local data are kept, .wrangler/state of the repository by default",
    },
    folder: {
      type: "string",
      valueHint: "DIR",
      description: "Where the sample and its model are kept, .nowcast of the repository by default",
    },
    seed: { type: "boolean", default: true, description: "Seed on the first start; --no-seed leaves it empty" },
  },
  async run({ args }) {
    const startedAt = performance.now();
    const port = Number(args.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new UsageError(`--port: ${args.port} is no port`);
    const url = `http://localhost:${port}`;
    if ((await freePort(port)) === null) throw new Error(await portTaken(port));
    const shop = args.shop ? { site: await portNear(port + 1), origin: await portNear(port + 2) } : undefined;
    const persist = resolve(args.persist ?? join(ROOT, ".wrangler/state"));
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    say(existsSync(persist) ? "Starting …" : "Starting for the first time …");
    const server = spawnServer({ port, persist, output: "inherit", ...(shop ? { shop } : {}) });
    const morePorts = await Promise.all(Object.values(shop ?? {}).map((more) => openSecondPort(more, port)));
    const gone = new Promise<void>((resolve) => server.once("exit", () => resolve()));
    const ending = new AbortController();
    const stop = (): void => {
      ending.abort(new Error("it was stopped"));
      server.kill("SIGTERM");
    };
    onEnd(stop);
    try {
      await untilHealthy(`http://127.0.0.1:${port}`, server, START_MS);
      const client = new Client({
        url: `http://127.0.0.1:${port}`,
        key: LOCAL_KEY,
        timeoutMs: 30_000,
        signal: ending.signal,
      });
      const { champion } = await client.registry();
      const folder = resolve(args.folder ?? join(ROOT, ".nowcast"));
      const version =
        champion ?? (args.seed ? await seed(client, { folder, now: Date.now(), say, startProgress }) : null);
      const seconds = (performance.now() - startedAt) / 1000;
      process.stdout.write(welcome({ url, version, seconds, ...(shop ? { shop } : {}) }));
      await gone;
      if (!ending.signal.aborted) throw new Error("wrangler ended by itself; NOWCAST_DEBUG=1 shows more");
    } catch (error) {
      if (!ending.signal.aborted) throw error;
    } finally {
      for (const more of morePorts) {
        more.closeAllConnections();
        more.close();
      }
      stop();
      await gone;
    }
  },
});

/** The port, or any other that is free. */
async function portNear(port: number): Promise<number> {
  return (port <= 65_535 ? await freePort(port) : null) ?? ((await freePort(0)) as number);
}

async function portTaken(port: number): Promise<string> {
  const other = `choose another port with --port, such as npm start -- --port ${port + 1}`;
  return (await isHealthy(`http://127.0.0.1:${port}`))
    ? `port ${port} is taken: a Nowcast runs there already; stop it, or ${other}`
    : `port ${port} is taken: stop what listens there, or ${other}`;
}
