// `nowcast dev`: everything on this machine, seeded on the first start. What `npm start` runs.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { defineCommand } from "citty";
import { Client } from "../client/client.ts";
import { LOCAL_KEY } from "../client/connection.ts";
import { freePort, ROOT, spawnServer, untilHealthy } from "../dev/local-server.ts";
import { seed } from "../dev/seed.ts";
import { welcome } from "../dev/welcome.ts";
import { UsageError } from "../usage-error.ts";

const START_MS = 60_000;

export default defineCommand({
  meta: { description: "Run everything locally, with sample data on the first start" },
  args: {
    port: { type: "string", default: "8787", valueHint: "PORT", description: "Where to listen" },
    persist: { type: "string", default: ".wrangler/state", valueHint: "DIR", description: "Where local data are kept" },
    folder: {
      type: "string",
      default: ".nowcast",
      valueHint: "DIR",
      description: "Where the sample and its model are kept",
    },
    seed: { type: "boolean", default: true, description: "Seed on the first start; --no-seed leaves it empty" },
  },
  async run({ args }) {
    const port = Number(args.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new UsageError(`--port: ${args.port} is no port`);
    if ((await freePort(port)) === null) {
      throw new Error(`port ${port} is taken: stop what listens there, or choose another with --port`);
    }
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const url = `http://localhost:${port}`;
    const persist = resolve(ROOT, args.persist);
    say(existsSync(persist) ? "Starting …" : "Starting for the first time …");
    const server = spawnServer({ port, persist, output: "inherit" });
    let stopping = false;
    const stop = (): void => {
      stopping = true;
      server.kill("SIGTERM");
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    process.once("exit", () => server.kill("SIGKILL"));
    try {
      await untilHealthy(url, server, START_MS);
      const client = new Client({ url, key: LOCAL_KEY, timeoutMs: 30_000 });
      const { champion } = await client.registry();
      const folder = resolve(ROOT, args.folder);
      const version = champion ?? (args.seed ? await seed(client, { folder, now: Date.now(), say }) : "none");
      process.stdout.write(welcome(url, version));
      await new Promise<void>((done) => server.once("exit", () => done()));
      if (!stopping) throw new Error("wrangler ended by itself");
    } catch (error) {
      if (!stopping) throw error;
    } finally {
      stop();
    }
  },
});
