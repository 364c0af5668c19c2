// Runs commands of the CLI as a user does, for proofs of the whole way.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { ROOT } from "../cli/dev/local-server.ts";

export interface RunOptions {
  /** Takes what the command prints. */
  readonly file?: string;
  /** A command that fails and prints JSON all the same has found something out. */
  readonly mayFail?: boolean;
}

/**
 * @param dir left out where the command is told of
 * @returns what the command printed as JSON, null when it printed to `file` or nothing
 * @throws Error when it fails
 */
export async function runNowcast(
  args: readonly string[],
  dir: string,
  { file, mayFail = false }: RunOptions = {},
): Promise<unknown> {
  process.stderr.write(`nowcast ${args.join(" ").replaceAll(dir, "…")}\n`);
  const child = spawn(process.execPath, [join(ROOT, "cli/nowcast.ts"), ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise<number | null>((done) => child.once("exit", done));
  let text = "";
  if (file === undefined) for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
  else await finished(child.stdout.pipe(createWriteStream(file)));
  const code = await exit;
  const json = text.startsWith("{") ? (JSON.parse(text) as unknown) : null;
  if (code !== 0 && !(mayFail && json !== null)) throw new Error(`nowcast ${args[0]} ended with code ${code}`);
  return json;
}
