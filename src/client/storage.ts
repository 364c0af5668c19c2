// What the browser keeps for the script. Storage may be off or full: what is kept then lives as long as the page.
import { guard } from "./guard.ts";

/** A kept text; nothing when there is none, or none may be kept. */
export const read = guard((key: string): string | undefined => localStorage[key]);

/** An empty text removes. */
export const write = guard((key: string, text: string) => {
  if (text) localStorage[key] = text;
  else delete localStorage[key];
});
