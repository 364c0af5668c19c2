// Clicks on items of a decision, as `select_item` with the receipt, the slot and the position. A button that lies in an item
// beside its link (into the cart, onto a list) selects nothing.
import type { Track } from "./api.ts";
import { decidedItem } from "./decided-item.ts";
import { guard } from "./guard.ts";

export function watchClicks(track: Track): void {
  const clicked = guard(({ target, button }: MouseEvent) => {
    const item = decidedItem(target as Element);
    // The middle button opens a new tab; the right one a menu.
    if (!item || button > 1 || (item.element.querySelector("a") && !(target as Element).closest("a"))) return;
    track("select_item", { ...item.place, items: [{ id: item.id }] });
  });
  // Capturing: a page that stops the event still has it counted.
  addEventListener("click", clicked, true);
  addEventListener("auxclick", clicked, true);
}
