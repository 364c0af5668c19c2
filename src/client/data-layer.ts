// The queue of Google's tags, `window.dataLayer`: everything that was pushed before and is pushed from now on, whoever else
// listens. gtag() pushes its `arguments`, tag managers push objects.
import { guard } from "./guard.ts";

/** Of an object: itself. Of a call of gtag(): its arguments as an array. */
export type LayerEntry = Readonly<Record<string, unknown>> | readonly unknown[];

type Layer = unknown[] & { push(...entries: unknown[]): number };

/** @param name of the queue, by default `dataLayer`; nothing that `read` throws reaches who pushes */
export const watchDataLayer = guard((name: string | undefined, read: (entry: LayerEntry) => void): void => {
  const layers = window as unknown as Record<string, Layer | undefined>;
  const known = name || "dataLayer";
  layers[known] ??= [];
  const layer = layers[known];
  const seen = guard((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return;
    const isCall = Array.isArray(entry) || Object.prototype.toString.call(entry) === "[object Arguments]";
    read(isCall ? Array.from(entry as ArrayLike<unknown>) : (entry as LayerEntry));
  });
  const { push } = layer;
  layer.push = (...entries) => {
    const length = push.apply(layer, entries);
    entries.forEach(seen);
    return length;
  };
  [...layer].forEach(seen);
});
