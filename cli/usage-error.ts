// What the caller of a command got wrong: ends with exit code 2 and its message, where any other error ends with 1.
export class UsageError extends Error {
  override readonly name = "UsageError";
}
