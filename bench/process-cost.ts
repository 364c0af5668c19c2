// What child processes cost, from /proc: processor time and resident memory. Processor time is the figure to compare on a machine
// that does other work too: it counts what was done, not how long it was waited for. Linux alone has it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Ticks of /proc/PID/stat in a second. */
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The workerd processes that this one has started. */
export function workerdPids(): number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(/\s+/);
  return children.filter((pid) => nameOf(pid) === "workerd").map(Number);
}

/** Seconds of processor time, of the user and of the system, that the processes have taken so far. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    // The name stands in brackets and may hold anything; utime and stime are the 12th and 13th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS;
  }, 0);
}

/** MB of 2^20 bytes. */
export function residentMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
  }, 0);
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    // It ended meanwhile.
    return "";
  }
}
