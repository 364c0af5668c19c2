// How a decision scales inside an isolate: measured by the size of the catalogue and by the number of items to rank, and drawn.
import { type CoreCosts, FEWER, GIVEN, measureCore, RECOMMEND, rankOf } from "./decide-core.ts";
import { scalingPlot } from "./scaling-plot.ts";

/** Rounds by the size of the catalogue; those that no target is about are measured for the plot alone. */
const CATALOGUES = [
  [1_000, 300],
  [10_000, 300],
  [100_000, 150],
  [1_000_000, 80],
] as const;

/** @param largest catalogue; @param forPlot whether to measure what no target is about as well */
export async function measureScaling(
  largest: number,
  forPlot: boolean,
  say: (text: string) => void,
): Promise<CoreCosts[]> {
  const costs: CoreCosts[] = [];
  for (const [items, rounds] of CATALOGUES) {
    if (items > largest || (items < 100_000 && !forPlot)) continue;
    say(`inside an isolate, ${items.toLocaleString("en")} items …`);
    const curve = items === 10_000 ? GIVEN.map(rankOf) : [];
    costs.push(...(await measureCore(items, rounds, forPlot ? [RECOMMEND, FEWER, ...curve] : [RECOMMEND])));
  }
  return costs;
}

/** As SVG. @param costs of `measureScaling` for a plot */
export function drawScaling(costs: readonly CoreCosts[]): string {
  const kinds = [
    ["linear", "linear", "#2b6cb0"],
    ["linear+trees", `linear + trees`, "#c05621"],
  ] as const;
  const lines = (name: string, colour: string, points: readonly (readonly [number, number])[]) => ({
    name,
    colour,
    points,
  });
  const bySize = kinds.flatMap(([kind, name, colour]) =>
    [RECOMMEND, FEWER].map((request) => {
      const chosen = costs.filter((cost) => cost.ranker === kind && cost.request === request);
      const [count, shade] = request === FEWER ? ["200", `${colour}88`] : ["1,000", colour];
      return lines(
        `${name}, ${count} candidates`,
        shade,
        chosen.map(({ items, bestMs }) => [items, bestMs]),
      );
    }),
  );
  const byCount = kinds.map(([kind, name, colour]) => {
    const chosen = costs.filter(({ ranker, items }) => ranker === kind && items === 10_000);
    const timeOf = (count: number) => chosen.find(({ request }) => request === rankOf(count))?.bestMs ?? Number.NaN;
    return lines(
      name,
      colour,
      GIVEN.map((count) => [count, timeOf(count)]),
    );
  });
  const panels = [
    { title: "Recommend 12", x: "items of the catalogue", series: bySize },
    {
      title: "Rank given items, of 10,000",
      x: "items given; the best 200 of a linear pass are scored",
      series: byCount,
    },
  ];
  return scalingPlot(
    panels,
    "ms inside the isolate",
    "The fastest of the decisions measured, by `npm run bench:decide`",
  );
}
