// Chairs.

import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, line, shadow, times, veil } from "./draw.ts";

const dining: Drawing = ({ main, frame }, vary) => {
  const back = vary(84, 106);
  const dark = mix(frame, "#000000", 0.2);
  return (
    shadow(200, 340, 98) +
    line("M146 246L128 340M254 246L272 340", dark, 10) +
    line("M138 244L150 336M262 244L250 336", frame, 11) +
    line(`M142 240L132 ${back + 20}M258 240L268 ${back + 20}`, frame, 10) +
    form(`M124 ${back}Q200 ${back - 22} 276 ${back}L272 ${back + 58}Q200 ${back + 42} 128 ${back + 58}z`, main) +
    form("M118 232Q200 214 282 232L290 252Q200 270 110 252z", main) +
    veil("M110 252Q200 270 290 252L288 262Q200 280 112 262z", 1, mix(main, "#000000", 0.28))
  );
};

const spindle: Drawing = ({ main, frame }, vary) => {
  const paint = mix(main, frame, 0.25);
  const dark = mix(paint, "#000000", 0.22);
  const count = Math.floor(vary(5, 8));
  const step = 112 / (count - 1);
  return (
    shadow(200, 344, 98) +
    line("M150 244L124 342M250 244L276 342", dark, 9) +
    line("M164 246L160 340M236 246L240 340M146 300H254", paint, 8) +
    times(count, (i) => line(`M${144 + i * step} 236L${136 + i * (128 / (count - 1))} 108`, paint, 5)) +
    form("M112 116Q200 60 288 116L284 134Q200 84 116 134z", paint) +
    form("M104 238Q110 226 200 224Q290 226 296 238Q290 260 200 262Q110 260 104 238z", paint)
  );
};

const armchair: Drawing = ({ main, frame }, vary) => {
  const round = vary(36, 70);
  const dark = mix(main, "#000000", 0.16);
  return (
    shadow(200, 344, 140) +
    line("M112 318L102 344M288 318L298 344", frame, 12) +
    form(
      `M112 270V${124 + round * 0.4}Q112 92 ${112 + round} 92H${288 - round}Q288 92 288 ${124 + round * 0.4}V270z`,
      dark,
    ) +
    form(
      `M126 258V${136 + round * 0.3}Q126 108 ${130 + round * 0.8} 108H${270 - round * 0.8}Q274 108 274 ${136 + round * 0.3}V258z`,
      main,
    ) +
    form("M120 232Q200 220 280 232V274Q200 288 120 274z", mix(main, "#ffffff", 0.12)) +
    form("M66 214Q66 184 96 184Q124 184 124 214V322H84Q66 322 66 304z", main) +
    form("M334 214Q334 184 304 184Q276 184 276 214V322H316Q334 322 334 304z", main) +
    form("M122 272Q200 286 278 272V322H122z", dark)
  );
};

const stool: Drawing = ({ main, frame }, vary) => {
  const tall = vary(140, 210);
  const dark = mix(frame, "#000000", 0.2);
  return (
    shadow(200, 342, 84) +
    line(`M168 ${tall + 20}L136 338M232 ${tall + 20}L264 338`, frame, 11) +
    line(`M188 ${tall + 18}L182 342M212 ${tall + 18}L220 342`, dark, 9) +
    line(`M148 ${(tall + 338) / 2 + 24}H252`, frame, 6) +
    ball(200, tall + 12, 88, 22, mix(main, "#000000", 0.24)) +
    ball(200, tall, 88, 22, main)
  );
};

const rocking: Drawing = ({ main, frame }) =>
  shadow(200, 352, 140) +
  line("M72 322Q200 384 330 310", frame, 9) +
  line("M142 248L130 346M262 246L272 344", frame, 9) +
  line("M132 250L112 84M152 250L134 76M172 250L158 72", mix(frame, "#000000", 0.12), 6) +
  form("M100 84Q132 54 172 74L176 92Q138 76 106 100z", frame) +
  line("M124 186Q190 176 252 190L256 246", frame, 9) +
  form("M122 238Q200 226 284 242Q292 262 280 268Q200 262 124 264z", main) +
  ellipse(204, 246, 62, 7, mix(main, "#ffffff", 0.22)) +
  form("M122 112Q142 100 158 108L178 226Q158 238 140 232z", main);

export const CHAIRS = {
  "chair-dining": dining,
  "chair-spindle": spindle,
  "chair-arm": armchair,
  "chair-stool": stool,
  "chair-rocking": rocking,
} as const;

/** A chair of slats for outside, drawn with the garden's things. */
export const folding: Drawing = ({ main, frame }) =>
  shadow(200, 344, 108) +
  line("M150 246L268 336M250 246L132 336", mix(frame, "#000000", 0.25), 8) +
  line("M134 66L136 236L116 342M266 66L264 236L284 342", frame, 9) +
  times(4, (i) => block(132, 82 + i * 31, 136, 18, mix(main, "#000000", i * 0.03), 5)) +
  times(4, (i) => block(124 - i * 4, 216 + i * 11, 152 + i * 8, 9, mix(main, "#ffffff", 0.06 + i * 0.05), 4)) +
  block(106, 258, 188, 7, mix(main, "#000000", 0.25), 3);
