// Runs in Node and in workerd: both must print this very digest, whatever their engine's own Math.exp does.
import { expect, test } from "vitest";
import { sha256Hex } from "./digest.ts";
import { exp, log, pow } from "./elementary.ts";

test("exp, log and pow give the same bits in Node and in workerd", async () => {
  const values = new Float64Array(3000);
  for (let i = 0; i < 1000; i++) {
    const x = (i - 500) * 0.7310585786300049;
    values[i * 3] = exp(x);
    values[i * 3 + 1] = log((i + 1) * 0.0123456789);
    values[i * 3 + 2] = pow((i + 1) * 0.37, x / 100);
  }
  expect(await sha256Hex(new Uint8Array(values.buffer))).toBe(
    "dd319103e9e399a2edda5d2c83f3f7aa896edc7505d758475fbb61ac86001afc",
  );
});
