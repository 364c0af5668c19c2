// Streams the lines of a text file, plain or .gz. Not node:readline, whose iterator never hears of an error of the
// stream beneath it (a missing file, a damaged archive) and just ends.
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

/** UTF-16 units a line may have: a guard against files that are not made of lines. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * The lines of `path`, UTF-8, without their ends (LF or CRLF) and without a byte-order mark, in batches: one await a
 * batch and not one a line. The empty piece after a last line end is not a line.
 * @throws Error of the file system or of zlib; RangeError at a line longer than 4 Mi characters
 */
export async function* readLineBatches(path: string): AsyncGenerator<string[]> {
  const file = createReadStream(path);
  const stream = path.endsWith(".gz") ? pipeline(file, createGunzip(), () => {}) : file;
  stream.setEncoding("utf8");
  let rest = "";
  let atStart = true;
  for await (const chunk of stream) {
    const text = rest + (atStart ? (chunk as string).replace(/^\uFEFF/, "") : (chunk as string));
    atStart = false;
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new RangeError(`a line is longer than ${LONGEST_LINE} characters`);
    if (lines.length > 0) yield lines.map(withoutCarriageReturn);
  }
  if (rest !== "") yield [withoutCarriageReturn(rest)];
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
