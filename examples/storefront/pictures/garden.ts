// Garden.
import { folding } from "./chairs.ts";
import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, glow, line, path, shadow, times } from "./draw.ts";

const LEAVES = ["#5f7f4f", "#7a9460", "#486b45", "#8aa36b"] as const;

function leaf(x: number, y: number, length: number, turn: number, colour: string): string {
  return `<g transform="rotate(${turn} ${x} ${y})">${path(`M${x} ${y}Q${x - length * 0.28} ${y - length * 0.5} ${x} ${y - length}Q${x + length * 0.28} ${y - length * 0.5} ${x} ${y}z`, colour)}${line(`M${x} ${y}V${y - length * 0.85}`, "#00000022", 2)}</g>`;
}

const pot: Drawing = ({ main, accent }, vary) => {
  const wide = vary(74, 100);
  const kind = Math.floor(vary(0, 3));
  const plant =
    kind === 0
      ? times(11, (i) => leaf(200, 220, vary(100, 160), -75 + i * 15, LEAVES[i % 4] as string))
      : kind === 1
        ? times(7, (i) => leaf(176 + i * 8, 222, vary(120, 168), -18 + i * 6, LEAVES[i % 4] as string))
        : line("M200 220Q196 150 204 90", "#5c4a33", 7) +
          times(9, (i) =>
            ball(
              200 + Math.cos(i * 0.9) * (30 + (i % 3) * 18),
              96 + Math.sin(i * 1.7) * 42,
              32,
              28,
              LEAVES[i % 4] as string,
            ),
          );
  return (
    shadow(200, 338, wide + 26) +
    plant +
    form(`M${200 - wide} 220H${200 + wide}L${200 + wide * 0.72} 330Q200 342 ${200 - wide * 0.72} 330z`, main) +
    block(200 - wide - 8, 208, wide * 2 + 16, 28, mix(main, "#ffffff", 0.08), 5) +
    (vary(0, 1) > 0.6 ? line(`M${200 - wide * 0.88} 276Q200 288 ${200 + wide * 0.88} 276`, accent, 5) : "")
  );
};

const trough: Drawing = ({ main, frame }, vary) =>
  shadow(200, 336, 168) +
  times(19, (i) => leaf(62 + i * 15.4, 246, vary(46, 112), vary(-24, 24), LEAVES[i % 4] as string)) +
  times(4, (i) => ball(88 + i * 74, 168 + (i % 2) * 16, 7, 9, "#b48cc0")) +
  block(40, 240, 320, 88, frame, 5) +
  times(3, (i) => path(`M40 ${262 + i * 22}H360V${264 + i * 22}H40z`, "#00000026")) +
  block(40, 240, 320, 14, mix(main, frame, 0.3), 4) +
  line("M70 328v12M330 328v12", mix(frame, "#000000", 0.35), 12);

const can: Drawing = ({ main, frame }) =>
  shadow(206, 336, 116) +
  line("M252 300Q318 262 334 148", mix(main, "#000000", 0.08), 15) +
  line("M318 150L356 138", frame, 11) +
  line("M128 214Q44 204 66 276Q78 314 132 306", mix(main, "#000000", 0.15), 11) +
  line("M140 190Q200 116 260 190", frame, 9) +
  form("M122 196H272L282 318Q200 342 112 318z", main) +
  ball(197, 196, 75, 13, mix(main, "#000000", 0.28)) +
  ellipse(150, 250, 10, 36, "#ffffff2e");

const lantern: Drawing = ({ main, frame }) => {
  const bars = mix(frame, main, 0.6);
  return (
    shadow(200, 338, 88) +
    line("M170 92Q200 34 230 92", bars, 6) +
    glow(200, 226, 140) +
    block(132, 150, 136, 158, "#fff3cf66", 4) +
    block(178, 244, 44, 62, "#f6ead0", 4) +
    path("M200 200Q213 226 200 242Q187 226 200 200z", "#ffb93d") +
    line("M134 150V310M266 150V310M200 150V196", bars, 8) +
    form("M120 152L156 92H244L280 152z", bars) +
    block(116, 306, 168, 24, bars, 5)
  );
};

export const GARDEN = { pot, trough, can, "chair-garden": folding, lantern } as const;
