// `npm run build:wasm`: compiles src/kernels/assembly to src/kernels/simd.wasm. Its bytes are committed, so that an
// installation without the compiler has them; a test holds them to their source.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./run.ts";

/** @throws Error with what the compiler says */
export async function compileSimd(): Promise<Buffer> {
  const { default: asc } = await import("assemblyscript/asc");
  const dir = mkdtempSync(join(tmpdir(), "nowcast-wasm-"));
  const file = join(dir, "simd.wasm");
  try {
    const { error, stderr } = await asc.main([
      "src/kernels/assembly/scan.ts",
      "src/kernels/assembly/normal.ts",
      "src/kernels/assembly/trees.ts",
      ...["--baseDir", ROOT, "--outFile", file],
      // The caller lays out the memory. Relaxed SIMD stays off, so that the bits are the same everywhere.
      ...["--runtime", "stub", "--importMemory", "--enable", "simd", "--noAssert", "-O3"],
    ]);
    if (error !== null) throw new Error(`src/kernels/assembly does not compile:\n${stderr.toString()}`);
    return readFileSync(file);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(ROOT, "src/kernels/simd.wasm"), await compileSimd());
}
