// A full collection, for tests of what is let go of: V8's own, which Node hands out when it is told to.
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A weak reference keeps its object until the turn is over in which it was made or read: that ends before. */
export async function collectGarbage(): Promise<void> {
  await setImmediate();
  collect();
}
