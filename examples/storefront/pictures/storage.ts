// Storage.

import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, line, rect, shadow, times, within } from "./draw.ts";

const basket: Drawing = ({ main, frame, accent }, vary) => {
  const weave = mix(frame, "#f1dfba", 0.2);
  const body = "M86 176H314L294 322Q200 340 106 322z";
  const band = vary(240, 280);
  return (
    shadow(200, 334, 124) +
    line(
      "M104 180Q96 132 138 136Q160 140 154 180M296 180Q304 132 262 136Q240 140 246 180",
      mix(frame, "#000000", 0.2),
      9,
    ) +
    `<g>${form("M120 176Q140 128 200 136Q262 126 284 176z", accent)}</g>` +
    within(
      "basket",
      body,
      rect(80, 170, 240, 170, weave) +
        rect(80, band, 240, 70, main) +
        times(10, (row) =>
          times(13, (i) =>
            ball(92 + i * 19 + (row % 2) * 9.5, 184 + row * 15, 10, 6, row * 15 + 184 > band ? main : weave),
          ),
        ),
    ) +
    form(body, "none") +
    line("M84 178Q200 192 316 178", mix(frame, "#000000", 0.15), 10)
  );
};

const ladder: Drawing = ({ main, frame, accent }) => {
  const shelf = (y: number, width: number): string => block(200 - width / 2, y, width, 9, frame, 2);
  return (
    shadow(200, 350, 106) +
    line("M142 40L112 348M258 40L288 348", mix(frame, "#000000", 0.14), 9) +
    shelf(106, 138) +
    shelf(184, 154) +
    shelf(262, 170) +
    shelf(330, 182) +
    block(156, 76, 30, 30, main, 3) +
    ball(230, 92, 14, 14, accent) +
    times(5, (i) =>
      rect(
        150 + i * 12,
        144 + (i % 3) * 4,
        10,
        40 - (i % 3) * 4,
        [main, accent, "#efe6d6", mix(main, "#000000", 0.3), mix(accent, "#ffffff", 0.4)][i] as string,
        1,
      ),
    ) +
    block(220, 160, 44, 24, mix(accent, "#ffffff", 0.5), 3) +
    form("M140 262Q138 232 168 232Q196 232 194 262z", mix(main, "#ffffff", 0.3)) +
    times(4, (i) =>
      rect(
        224 + i * 11,
        224 + (i % 2) * 5,
        9,
        38 - (i % 2) * 5,
        [accent, main, "#e9dcc6", mix(accent, "#000000", 0.3)][i] as string,
        1,
      ),
    ) +
    block(150, 298, 100, 32, mix(main, "#000000", 0.1), 4)
  );
};

const sideboard: Drawing = ({ main, frame, accent }, vary) => {
  const doors = Math.floor(vary(2, 5));
  const width = 300 / doors;
  const slatted = vary(0, 1) > 0.5;
  return (
    shadow(200, 344, 168) +
    line("M74 308L64 342M326 308L336 342", mix(frame, "#000000", 0.25), 10) +
    block(44, 192, 312, 122, frame, 6) +
    times(doors, (i) => {
      const x = 52 + i * (296 / doors);
      return (
        block(x, 200, width - 8, 106, mix(frame, main, 0.65), 3) +
        (slatted ? times(Math.floor((width - 12) / 9), (j) => rect(x + 4 + j * 9, 204, 3, 98, "#0000001c")) : "") +
        ball(x + (i % 2 === 0 ? width - 20 : 12), 252, 4.5, 4.5, "#c79f4c")
      );
    }) +
    form("M92 192Q86 150 108 150Q130 150 124 192z", accent) +
    line("M108 152Q100 118 88 108M108 152Q112 112 126 98M108 152Q108 120 106 100", "#66743f", 4) +
    block(246, 168, 76, 12, mix(accent, "#ffffff", 0.45), 2) +
    block(252, 180, 66, 12, main, 2)
  );
};

const boxes: Drawing = ({ main, accent }) => {
  const box = (x: number, y: number, width: number, height: number, colour: string): string =>
    block(x, y, width, height, colour, 3) +
    block(x - 5, y - 4, width + 10, 22, mix(colour, "#ffffff", 0.14), 4) +
    rect(x + width / 2 - 22, y + height / 2 + 2, 44, 18, "#fffaf0", 2) +
    line(`M${x + width / 2 - 14} ${y + height / 2 + 11}h28`, "#00000044", 2);
  return (
    shadow(200, 336, 140) +
    box(70, 248, 260, 86, main) +
    box(96, 170, 206, 76, mix(main, accent, 0.55)) +
    box(128, 106, 140, 62, accent)
  );
};

const hooks: Drawing = ({ main, frame, accent }) =>
  `<g>${block(54, 118, 292, 34, frame, 6)}</g>` +
  rect(54, 152, 292, 6, "#00000018", 3) +
  times(
    4,
    (i) =>
      line(`M${92 + i * 72} 140v26q0 14 14 14`, mix(frame, "#000000", 0.4), 9) + ball(92 + i * 72, 138, 11, 11, main),
  ) +
  form("M88 178Q70 190 66 330Q96 344 132 330Q128 196 112 178z", accent) +
  line("M98 196V332", "#00000022", 3) +
  line("M236 178Q214 214 222 246M236 178Q262 214 252 246", mix(main, "#000000", 0.2), 5) +
  form("M202 242H272L266 326Q236 334 208 326z", main) +
  ellipse(237, 243, 35, 6, mix(main, "#000000", 0.3));

export const STORAGE = { basket, "shelf-ladder": ladder, sideboard, boxes, hooks } as const;
