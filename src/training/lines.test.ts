import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLineBatches } from "./lines.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "nowcast-lines-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function linesOf(name: string, content: string | Uint8Array): Promise<string[]> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const lines: string[] = [];
  for await (const batch of readLineBatches(path)) lines.push(...batch);
  return lines;
}

test("LF and CRLF end a line, empty lines stay, and the end of the file adds none", async () => {
  expect(await linesOf("ends.txt", "a\r\n\nb\n")).toEqual(["a", "", "b"]);
  expect(await linesOf("open.txt", "a\nb\r")).toEqual(["a", "b"]);
  expect(await linesOf("empty.txt", "")).toEqual([]);
});

test("a byte-order mark is left out at the start of the file only", async () => {
  expect(await linesOf("bom.txt", "\uFEFFa\n\uFEFFb")).toEqual(["a", "\uFEFFb"]);
});

test("lines and letters that fall on the border of two chunks stay whole, also in an archive", async () => {
  const lines = Array.from({ length: 9000 }, (_, i) => "üß€".repeat(i % 23) + i);
  expect(await linesOf("long.txt", lines.join("\n"))).toEqual(lines);
  expect(await linesOf("long.txt.gz", gzipSync(lines.join("\n")))).toEqual(lines);
});

test("a missing file and an archive that is cut off are errors", async () => {
  await expect(readLineBatches(join(folder, "absent.txt")).next()).rejects.toThrow(/ENOENT/);
  await expect(linesOf("cut.gz", gzipSync("a\nb\n").subarray(0, 15))).rejects.toThrow(/unexpected end of file/);
});

test("a file that is not made of lines is refused", async () => {
  await expect(linesOf("blob.txt", "x".repeat(5_000_000))).rejects.toThrow(RangeError);
});
