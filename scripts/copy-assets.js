// Fills .assets, the directory that the edge Worker binds: RapiDoc for the pages of /docs, with its licences.
// Runs after every `npm install` on whatever Node the machine has (20 or newer), so plain JavaScript without imports
// from packages. A production install has no rapidoc: the directory must exist all the same, or wrangler refuses to start.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FILES = [
  ["dist/rapidoc-min.js", "rapidoc-min.js"],
  ["dist/rapidoc-min.js.LICENSE.txt", "rapidoc-min.js.LICENSE.txt"],
  ["LICENSE.txt", "rapidoc.LICENSE.txt"],
];

const source = new URL("../node_modules/rapidoc/", import.meta.url);
const target = new URL("../.assets/docs/", import.meta.url);

mkdirSync(fileURLToPath(target), { recursive: true });
if (existsSync(source)) {
  for (const [from, to] of FILES) copyFileSync(new URL(from, source), new URL(to, target));
}
