// Rugs, seen from above on boards.

import { mix } from "./colour.ts";
import { type Drawing, ellipse, line, path, rect, times, within } from "./draw.ts";

const FIELD = "M74 52H326V348H74z";

/** Boards of the floor, a shadow, fringes at both ends, and the weave. */
function laid(wall: string, main: string, content: string, fringe = true): string {
  const boards = mix(wall, "#a9855c", 0.38);
  return (
    rect(0, 0, 400, 400, boards) +
    times(6, (i) => line(`M${i * 72 + 20} 0V400`, mix(boards, "#000000", 0.1), 1.5)) +
    path("M80 60H336V360H80z", "#00000026") +
    (fringe
      ? times(32, (i) => line(`M${78 + i * 7.9} 52V40M${78 + i * 7.9} 348V360`, mix(main, "#fff6e6", 0.6), 2))
      : "") +
    within("field", FIELD, rect(74, 52, 252, 296, main) + content + path(FIELD, "url(#lit)", ' opacity=".5"'))
  );
}

const stripes: Drawing = ({ main, accent, wall }, vary) => {
  const width = vary(14, 34);
  const count = Math.ceil(300 / width);
  const pale = mix(main, "#fff8ec", 0.5);
  const content = times(count, (i) =>
    rect(74, 52 + i * width, 252, width * (i % 4 === 3 ? 0.4 : 0.62), i % 4 === 3 ? accent : i % 2 === 0 ? pale : main),
  );
  return laid(wall, main, content);
};

const checks: Drawing = ({ main, wall }, vary) => {
  const size = [42, 50.4, 63][Math.floor(vary(0, 3))] as number;
  const pale = mix(main, "#fff8ec", 0.78);
  const content = times(48, (i) => {
    const [column, row] = [i % 6, Math.floor(i / 6)];
    return (column + row) % 2 === 0 ? rect(74 + column * size, 52 + row * size, size, size, pale, 5) : "";
  });
  return laid(wall, main, content, false);
};

const diamonds: Drawing = ({ main, accent, wall }, vary) => {
  const pale = "#f2ebdd";
  const step = vary(58, 84);
  const content =
    rect(74, 52, 252, 296, pale) +
    times(11, (i) => {
      const at = -120 + i * step;
      return line(`M74 ${at + 52}L326 ${at + 252 + 52}M326 ${at + 52}L74 ${at + 252 + 52}`, main, 5);
    }) +
    times(3, (i) => line(`M${200} ${82 + i * step * 1.5}l14 18l-14 18l-14 -18z`, accent, 4));
  return laid(wall, pale, content);
};

const border: Drawing = ({ main, accent, wall }, vary) => {
  const inset = vary(18, 34);
  const pale = mix(main, "#fff8ec", 0.62);
  const content =
    rect(74, 52, 252, 296, pale) +
    times(30, (i) => line(`M74 ${58 + i * 10}H326`, mix(pale, "#000000", 0.045), 2)) +
    `<rect x="${74 + inset}" y="${52 + inset}" width="${252 - 2 * inset}" height="${296 - 2 * inset}" fill="none" stroke="${main}" stroke-width="9"/>` +
    `<rect x="${74 + inset + 13}" y="${52 + inset + 13}" width="${226 - 2 * inset}" height="${270 - 2 * inset}" fill="none" stroke="${accent}" stroke-width="2.5"/>`;
  return laid(wall, pale, content);
};

const arches: Drawing = ({ main, accent, wall }) => {
  const pale = mix(main, "#fff8ec", 0.72);
  const rings = [main, accent, mix(main, "#ffffff", 0.4), mix(accent, "#000000", 0.15)];
  const arch = (x: number, y: number): string =>
    times(4, (i) => {
      const radius = 58 - i * 14;
      return path(
        `M${x - radius} ${y}V${y - 14}A${radius} ${radius} 0 0 1 ${x + radius} ${y - 14}V${y}z`,
        rings[i] as string,
      );
    });
  const content =
    rect(74, 52, 252, 296, pale) +
    arch(138, 152) +
    arch(262, 152) +
    arch(200, 252) +
    arch(74, 252) +
    arch(326, 252) +
    arch(138, 348) +
    arch(262, 348);
  return laid(wall, pale, content, false);
};

const round: Drawing = ({ main, accent, wall }, vary) => {
  const boards = mix(wall, "#a9855c", 0.38);
  const step = vary(14, 22);
  const count = Math.floor(150 / step);
  return (
    rect(0, 0, 400, 400, boards) +
    times(6, (i) => line(`M${i * 72 + 20} 0V400`, mix(boards, "#000000", 0.1), 1.5)) +
    ellipse(208, 210, 152, 152, "#00000026") +
    times(count, (i) =>
      ellipse(
        200,
        200,
        150 - i * step,
        150 - i * step,
        i % 3 === 2 ? accent : mix(main, "#fff8ec", i % 2 === 0 ? 0.12 : 0.42),
      ),
    ) +
    `<circle cx="200" cy="200" r="150" fill="url(#lit)" opacity=".5"/>`
  );
};

export const RUGS = {
  "rug-stripes": stripes,
  "rug-checks": checks,
  "rug-diamonds": diamonds,
  "rug-border": border,
  "rug-arches": arches,
  "rug-round": round,
} as const;
