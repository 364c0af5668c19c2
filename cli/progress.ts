// Progress on standard error: a bar where a person watches, a line now and then where a file does.
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** `done` of the total, which may grow; `note` stands behind the numbers. */
  update(done: number, note?: string): void;
  /** Ends the bar; the last state stays visible. */
  stop(): void;
}

export interface ProgressOptions {
  /** What is being done, such as "events sent". */
  readonly label: string;
  /** How much there is; left out where nobody knows. */
  readonly total?: number;
  /** Where to: standard error unless a test says otherwise. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export function startProgress(options: ProgressOptions): Progress {
  const { stream = process.stderr } = options;
  return stream.isTTY === true ? bar(options, stream) : lines(options, stream);
}

function bar({ label, total }: ProgressOptions, stream: NodeJS.WritableStream): Progress {
  const format =
    total === undefined
      ? `${label}: {value} {note}`
      : `${label} [{bar}] {percentage}% {value}/{total} {eta_formatted} {note}`;
  const single = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: false }, Presets.legacy);
  single.start(total ?? 0, 0, { note: "" });
  return {
    update: (done, note = "") => single.update(done, { note }),
    stop: () => single.stop(),
  };
}

/** A line at each quarter of a known total, else whenever the number has grown tenfold, and one at the end. */
function lines({ label, total }: ProgressOptions, stream: NodeJS.WritableStream): Progress {
  let next = total === undefined ? 1000 : total / 4;
  let written = -1;
  let latest = { done: 0, note: "" };
  const write = (): void => {
    const { done, note } = latest;
    written = done;
    stream.write(`${label}: ${done}${total === undefined ? "" : ` of ${total}`}${note === "" ? "" : ` ${note}`}\n`);
  };
  return {
    update(done, note = "") {
      latest = { done, note };
      if (done < next) return;
      write();
      while (next <= done) next = total === undefined ? next * 10 : next + Math.max(total / 4, 1);
    },
    stop() {
      if (latest.done !== written) write();
    },
  };
}
