// Builds what other people's Workers import into dist/package, and fails when publint finds something wrong with it:
// `exports` of package.json, each as one module without dependencies, with declarations that name nothing of the inside.
// The package.json of the result is made of the repository's, which is never published itself.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { ROOT, run } from "./run.ts";

const OUT = join(ROOT, "dist/package");
const TYPES = join(ROOT, "dist/package-types");

interface Conditions {
  /** In the repository. */
  readonly source: string;
  readonly types: string;
  readonly default?: string;
}

interface Manifest {
  readonly exports: Readonly<Record<string, Conditions>>;
  readonly [field: string]: unknown;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const entries = Object.values(manifest.exports);
rmSync(OUT, { recursive: true, force: true });
rmSync(TYPES, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const { metafile } = await build({
  entryPoints: entries.filter((entry) => entry.default !== undefined).map(({ source }) => join(ROOT, source)),
  outdir: OUT,
  bundle: true,
  splitting: true,
  chunkNames: "core-[hash]",
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  legalComments: "none",
  metafile: true,
});
const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.filter((one) => one.external));
if (external.length > 0) throw new Error(`the package imports ${external.map(({ path }) => path).join(", ")}`);

const declared = run("tsc", ["-p", "tsconfig.package.json"], true);
if (!declared.ok) throw new Error(`no declarations:\n${declared.output}`);
for (const { source, types } of entries) copyDeclarations(source.replace(/\.ts$/, ".d.ts"), basename(types));

/** A declaration under a name, and beside it those that it names. @throws Error when one of them is of the inside */
function copyDeclarations(path: string, name: string): void {
  const text = readFileSync(join(TYPES, path), "utf8");
  for (const [, imported = ""] of text.matchAll(/from "(\.[^"]+)"/g)) {
    if (!/^\.\/[\w-]+\.ts$/.test(imported)) throw new Error(`${path} names ${imported}, which is not of the package`);
    const other = imported.replace(/\.ts$/, ".d.ts");
    copyDeclarations(join(dirname(path), other), basename(other));
  }
  writeFileSync(join(OUT, name), text.replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
}

const published = Object.entries(manifest.exports).map(([name, { types, default: code }]) => {
  const here = (path: string): string => path.replace("./dist/package/", "./");
  return [name, { types: here(types), ...(code === undefined ? {} : { default: here(code) }) }];
});
const { name, version, description, license, type } = manifest;
const packed = {
  ...{ name, version, description, license, type },
  sideEffects: false,
  exports: Object.fromEntries(published),
  files: ["*.js", "*.d.ts"],
  // For its types, where it is used.
  peerDependencies: { hono: ">=4" },
  peerDependenciesMeta: { hono: { optional: true } },
};
writeFileSync(join(OUT, "package.json"), `${JSON.stringify(packed, null, 2)}\n`);
cpSync(join(ROOT, "LICENSE"), join(OUT, "LICENSE"));
cpSync(join(ROOT, "docs/your-own-worker.md"), join(OUT, "README.md"));
rmSync(TYPES, { recursive: true, force: true });

const { messages, pkg } = await publint({ pkgDir: OUT, strict: true });
for (const message of messages) console.error(`publint: ${formatMessage(message, pkg)}`);
for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
  const gzip = gzipSync(readFileSync(join(ROOT, path))).length;
  console.log(`${path.padEnd(36)} ${(bytes / 1000).toFixed(1)} kB, ${(gzip / 1000).toFixed(1)} kB gzip`);
}
process.exitCode = messages.length > 0 ? 1 : 0;
