// The folder that a command writes to: made, or refused, before anything is computed for it.
import { mkdir } from "node:fs/promises";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError naming the option when `path` is, or lies in, what is no folder */
export async function makeFolder(option: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new UsageError(`--${option} ${path}: is a file, not a folder`);
    if (code === "ENOTDIR") throw new UsageError(`--${option} ${path}: lies in what is a file, not a folder`);
    throw new UsageError(`--${option} ${path}: the folder cannot be made: ${message}`);
  }
}
