// A second edge Worker beside the API: the same program with ORIGIN set, which makes it the middleware in front of a site. It
// shares objects, storage and the other Workers. wrangler takes a Worker from a configuration, so one is written from the edge's.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param root of the repository
 * @param folder for the configuration; it is overwritten
 * @returns path of the configuration
 */
export function writeSiteWorker(root: string, folder: string, origin: string): string {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, siteConfig(readFileSync(join(root, "wrangler.toml"), "utf8"), root));
  // Beside the configuration, as wrangler looks for it; what stands here wins over `vars`.
  const secrets = readFileSync(join(root, ".dev.vars"), "utf8");
  writeFileSync(join(folder, ".dev.vars"), `${secrets}\nORIGIN=${JSON.stringify(origin)}\n`);
  return config;
}

/** The edge's configuration under another name, for another folder. @throws Error when a line is not as expected */
export function siteConfig(edge: string, root: string): string {
  const replaced = (text: string, line: RegExp, by: string): string => {
    if (!line.test(text)) throw new Error(`wrangler.toml: no line like ${line.source}`);
    return text.replace(line, () => by);
  };
  const path = (relative: string): string => JSON.stringify(join(root, relative));
  const named = replaced(edge, /^name = "nowcast"$/m, 'name = "nowcast-site"');
  const placed = replaced(named, /^main = "(workers\/edge\/index\.ts)"$/m, `main = ${path("workers/edge/index.ts")}`);
  return replaced(placed, /directory = "\.assets"/, `directory = ${path(".assets")}`);
}
