// npm drops from package-lock.json the optional packages of platforms other than the one that wrote it, and `npm ci`
// then refuses on all of them. Run this after every change of dependencies: it adds the missing entries, by exact
// version; npm skips those that are not for its platform.
import { readFileSync, writeFileSync } from "node:fs";

const PATH = "package-lock.json";
const PLATFORMS = ["android", "darwin", "linux", "win32", "freebsd"];

/** @param {string} name of a package such as @biomejs/cli-darwin-arm64 */
function platformOf(name) {
  const os = PLATFORMS.find((platform) => name.includes(platform)) ?? (name.includes("windows") ? "win32" : undefined);
  const cpu = name.includes("arm64") ? "arm64" : /(x64|-64)/.test(name) ? "x64" : undefined;
  return os && cpu ? { os: [os], cpu: [cpu], ...(name.includes("musl") ? { libc: ["musl"] } : {}) } : undefined;
}

const lock = JSON.parse(readFileSync(PATH, "utf8"));
const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const own = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[own] || lock.packages[`${path}/${own}`] || !/^\d/.test(version) || !platform) continue;
    lock.packages[own] = { version, ...platform, ...(entry.dev ? { dev: true } : {}), optional: true };
    added.push(name);
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => a.localeCompare(b, "en"))]);
writeFileSync(PATH, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? "the lock file is complete" : `added ${added.join(", ")}`);
