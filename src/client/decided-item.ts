// Which item of which decision an element belongs to, by the attributes that filling a slot leaves.

export interface DecidedItem {
  readonly element: HTMLElement;
  readonly id: string;
  /** The receipt, the slot, and the place in it, as events echo them. */
  readonly place: { readonly decisionId: string; readonly placement: string; readonly position: number };
}

export const ITEM = "[data-nowcast-item]";

/** The item that an element is or lies in; undefined outside of the items of a decision. */
export function decidedItem(at: Element): DecidedItem | undefined {
  const element = at.closest<HTMLElement>(ITEM);
  const slot = element?.closest<HTMLElement>("[data-nowcast-decision]");
  if (!element || !slot) return undefined;
  const { nowcastItem: id, nowcastPosition } = element.dataset;
  const { nowcastDecision: decisionId, nowcast: placement } = slot.dataset;
  return { element, id, place: { decisionId, placement, position: +(nowcastPosition as string) } } as DecidedItem;
}
