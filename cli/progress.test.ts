import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { startProgress } from "./progress.ts";

class Sink extends Writable {
  text = "";
  readonly isTTY: boolean;
  // What the bar asks of a terminal.
  readonly columns = 80;
  cursorTo = (): boolean => true;
  clearLine = (): boolean => true;
  moveCursor = (): boolean => true;
  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

test("a file gets a line at each quarter of a known total and never twice the same", () => {
  const sink = new Sink();
  const progress = startProgress({ label: "rows", total: 1000, stream: sink });
  for (let done = 1; done <= 1000; done++) progress.update(done);
  progress.stop();
  expect(sink.text).toBe("rows: 250 of 1000\nrows: 500 of 1000\nrows: 750 of 1000\nrows: 1000 of 1000\n");
});

test("large steps and small totals are told as they come", () => {
  const sink = new Sink();
  const few = startProgress({ label: "files", total: 2, stream: sink });
  few.update(1, "a.parquet");
  few.update(2, "b.parquet");
  few.stop();
  const jump = startProgress({ label: "bytes", total: 100, stream: sink });
  jump.update(90);
  jump.stop();
  expect(sink.text).toBe("files: 1 of 2 a.parquet\nfiles: 2 of 2 b.parquet\nbytes: 90 of 100\n");
});

test("without a total there is a line at each power of ten from 1000, and the end", () => {
  const sink = new Sink();
  const progress = startProgress({ label: "records", stream: sink });
  for (let done = 1; done <= 12_345; done++) progress.update(done);
  progress.stop();
  expect(sink.text).toBe("records: 1000\nrecords: 10000\nrecords: 12345\n");
});

test("a terminal gets a bar, which stays when it is done", () => {
  const sink = new Sink(true);
  const progress = startProgress({ label: "rows", total: 4, stream: sink });
  progress.update(4);
  progress.stop();
  expect(sink.text).toContain("rows [");
  expect(sink.text).toContain("100% 4/4");
});
