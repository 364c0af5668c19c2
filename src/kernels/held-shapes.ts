// Keeps optimized code alive. V8 holds the shapes (hidden classes, maps) that optimized code relies on weakly: when a full
// collection finds no object of a shape, the code goes, and its functions begin again in the interpreter. Between two decisions
// no object of a decision is left, so that every full collection, some ten seconds apart under load, would cost the hundred
// functions of the decision path. Therefore the last objects that were made are held; nobody reads them.

const held: unknown[] = [];

/** @returns what holds on to its last argument, in place of the one before */
export function holdsLast(): (...objects: readonly unknown[]) => void {
  const at = held.push(null) - 1;
  return (...objects) => {
    held[at] = objects;
  };
}

/** Lets go of all: what was made last hangs on the snapshot that it was made with, and that may be what memory is needed of. */
export function letGoOfHeld(): void {
  held.fill(null);
}
