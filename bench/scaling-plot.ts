// How a decision scales, as an SVG: two panels with logarithmic axes, by the size of the catalogue and by the number of items that are
// ranked.

export interface Series {
  readonly name: string;
  readonly colour: string;
  /** By rising x; both above 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly x: string;
  readonly series: readonly Series[];
}

const [WIDTH, HEIGHT] = [380, 300];
const MARGIN = { left: 52, right: 16, top: 36, bottom: 44 };
const INK = "#1f2933";
const PALE = "#d9e2ec";

/** @param y what the vertical axis of all panels says; @param note stands below them */
export function scalingPlot(panels: readonly Panel[], y: string, note: string): string {
  const values = panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map((point) => point[1])));
  const range = decades(values);
  const drawn = panels.map((panel, i) => `<g transform="translate(${i * WIDTH} 0)">${drawPanel(panel, range, y)}</g>`);
  const [width, height] = [panels.length * WIDTH, HEIGHT + 24];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11" fill="${INK}">
<title>What a decision costs inside the isolate</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${drawn.join("\n")}
${label(width / 2, HEIGHT + 12, note, 'text-anchor="middle" fill="#52606d"')}
</svg>
`;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Powers of ten around the values. */
function decades(values: readonly number[]): Range {
  return {
    from: Math.floor(Math.log10(Math.min(...values)) + 1e-9),
    to: Math.ceil(Math.log10(Math.max(...values)) - 1e-9),
  };
}

function drawPanel({ title, x, series }: Panel, range: Range, y: string): string {
  const xs = series.flatMap(({ points }) => points.map((point) => point[0]));
  const [low, high] = [Math.log10(Math.min(...xs)), Math.log10(Math.max(...xs))];
  const bottom = HEIGHT - MARGIN.bottom;
  const right = WIDTH - MARGIN.right;
  const across = (value: number): number =>
    MARGIN.left + ((Math.log10(value) - low) / (high - low)) * (right - MARGIN.left);
  const up = (value: number): number =>
    bottom - ((Math.log10(value) - range.from) / (range.to - range.from)) * (bottom - MARGIN.top);
  const parts = [label(MARGIN.left, 20, title, 'font-weight="600" font-size="12"')];
  for (let power = range.from; power <= range.to; power++) {
    for (const step of power === range.to ? [1] : [1, 2, 5]) {
      const value = step * 10 ** power;
      const at = up(value).toFixed(1);
      parts.push(`<path d="M${MARGIN.left} ${at}H${right}" stroke="${PALE}"/>`);
      parts.push(label(MARGIN.left - 6, up(value) + 4, String(Number(value.toPrecision(1))), 'text-anchor="end"'));
    }
  }
  for (const value of [...new Set(xs)].sort((a, b) => a - b)) {
    parts.push(label(across(value), bottom + 16, value.toLocaleString("en"), 'text-anchor="middle"'));
  }
  parts.push(label((MARGIN.left + right) / 2, bottom + 34, x, 'text-anchor="middle"'));
  parts.push(
    `<text transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${y}</text>`,
  );
  series.forEach(({ name, colour, points }, i) => {
    const path = points.map(([px, py]) => `${across(px).toFixed(1)} ${up(py).toFixed(1)}`).join("L");
    parts.push(`<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [px, py] of points) {
      parts.push(`<circle cx="${across(px).toFixed(1)}" cy="${up(py).toFixed(1)}" r="3" fill="${colour}"/>`);
    }
    const at = MARGIN.top + 12 + i * 15;
    parts.push(`<path d="M${MARGIN.left + 8} ${at - 4}h16" stroke="${colour}" stroke-width="2"/>`);
    parts.push(label(MARGIN.left + 30, at, name, ""));
  });
  return parts.join("");
}

function label(x: number, y: number, text: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${text}</text>`;
}
