import { expect, test } from "vitest";
import { collectGarbage } from "../../tests/support/collect-garbage.ts";
import { holdsLast, letGoOfHeld } from "./held-shapes.ts";

/** What is left of objects that nobody else holds. */
async function left(objects: readonly WeakRef<object>[]): Promise<boolean[]> {
  await collectGarbage();
  return objects.map((object) => object.deref() !== undefined);
}

function heldBy(hold: (object: object) => void): WeakRef<object> {
  const object = { made: new Float64Array(8) };
  hold(object);
  return new WeakRef(object);
}

test("of each place the last object is held and those before are not; let go of, none is", async () => {
  const [one, other] = [holdsLast(), holdsLast()];
  const objects = [heldBy(one), heldBy(other), heldBy(one)];
  expect(await left(objects)).toEqual([false, true, true]);
  letGoOfHeld();
  expect(await left(objects)).toEqual([false, false, false]);
  expect(await left([heldBy(one)])).toEqual([true]);
});
