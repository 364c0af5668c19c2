// What makes two decisions differ, drawn at the edge: the receipt carries it, and the lake names the decision by it.
import type { Receipt } from "../../src/privacy/receipt.ts";

export function drawNonce(): Receipt["nonce"] {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return [high as number, low as number];
}
