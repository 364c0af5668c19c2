// Slots that the middleware could not fill in time, or that no middleware has seen, are filled here, without moving what the
// visitor sees: new nodes are not a layout shift, moved ones are (https://wicg.github.io/layout-instability/). So the new content is
// put in and measured before the browser draws; where anything in view would move, the old content is put back.
import type { DecideAnswer, DecideRequest } from "./contract.ts";
import { ITEM } from "./decided-item.ts";
import { renderItem } from "./render-item.ts";

/** Pictures may take this long to come before their slot is filled without knowing their sizes. */
const PICTURES_MS = 3000;
const ITEM_FIELDS = ["title", "url", "image", "price", "currency", "brand", "category", "attributes"] as const;

type Placements = DecideRequest["placements"];

/**
 * Fills what is open; a slot is tried once. Resolves when the slots are as they will stay.
 * @param byDefault the script's `data-fill`, for slots without one of their own
 */
export function slotFiller(
  decide: (request: { placements: Placements }) => Promise<DecideAnswer>,
  byDefault: string | undefined,
): () => Promise<void> {
  return async () => {
    const open: [slot: HTMLElement, template: HTMLTemplateElement, mayMove: boolean][] = [];
    const placements: Record<string, Placements[string]> = {};
    const shown = new Set<string | undefined>();
    for (const { dataset } of document.querySelectorAll<HTMLElement>(ITEM)) shown.add(dataset.nowcastItem);
    for (const slot of document.querySelectorAll<HTMLElement>("[data-nowcast]")) {
      const { dataset } = slot;
      const { nowcast: name = "", type = "recommend", fill = byDefault, template: named = "" } = dataset;
      const { count, filterCategory, context, exclude } = dataset;
      const template = slot.querySelector<HTMLTemplateElement>(":scope>template") ?? document.getElementById(named);
      if (
        placements[name] ||
        (dataset.nowcastState && !/timeout|failed/.test(dataset.nowcastReason as string)) ||
        type !== "recommend" ||
        fill === "never" ||
        !(template instanceof HTMLTemplateElement)
      ) {
        continue;
      }
      // What holds unless something better comes.
      Object.assign(dataset, { nowcastState: "fallback", nowcastReason: "unreachable" });
      placements[name] = {
        type,
        count: +(count ?? 8),
        context: idsOf(context),
        exclude: [...idsOf(exclude), ...(shown as Set<string>)],
        itemFields: ITEM_FIELDS,
        ...(filterCategory && { filter: { category: filterCategory } }),
      };
      open.push([slot, template, fill === "client"]);
    }
    if (open.length === 0) return;
    const answer = await decide({ placements });
    await Promise.allSettled(open.map((one) => fillSlot(answer, shown, ...one)));
  };
}

const idsOf = (list = ""): string[] => list.match(/[^\s,]+/g) ?? [];

/**
 * Leaves the slot filled, or its fallback with the reason why.
 * @param shown ids of items that the page shows already, to which those shown here are added
 */
async function fillSlot(
  { decisionId, placements }: DecideAnswer,
  shown: Set<string | undefined>,
  slot: HTMLElement,
  template: HTMLTemplateElement,
  mayMove: boolean,
): Promise<void> {
  const { dataset } = slot;
  const content = new DocumentFragment();
  dataset.nowcastReason = "template";
  let position = 0;
  for (const { id, item = {} } of placements[dataset.nowcast ?? ""]?.items ?? []) {
    const nodes = shown.has(id) ? null : renderItem(template, id, item, position);
    if (!nodes) continue;
    content.append(nodes);
    shown.add(id);
    position++;
  }
  if (!content.firstElementChild) {
    dataset.nowcastReason = "empty";
    return;
  }
  // None may grow once it is in the page.
  const pictures = [...content.querySelectorAll("img")].map((image) => {
    image.loading = "eager";
    return image.decode();
  });
  await Promise.race([Promise.allSettled(pictures), new Promise((resolve) => setTimeout(resolve, PICTURES_MS))]);

  const places = placesInView(slot);
  const old = [...slot.childNodes];
  slot.replaceChildren(...(template.parentNode === slot ? [template] : []), content);
  if (mayMove || placesInView(slot) === places) {
    delete dataset.nowcastReason;
    Object.assign(dataset, { nowcastState: "filled", nowcastDecision: decisionId });
  } else {
    slot.replaceChildren(...old);
    dataset.nowcastReason = "shift";
  }
}

/** Where all that is in view begins, but for what lies in the slot: equal before and after when nothing moves. */
function placesInView(slot: Element): string {
  let places = "";
  for (const element of document.body.querySelectorAll("*")) {
    const { top, bottom, left } = element.getBoundingClientRect();
    if (bottom >= 0 && top < innerHeight && (element === slot || !slot.contains(element))) places += [top, left, ""];
  }
  return places;
}
