// Lamps.

import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, glow, line, path, rect, shadow, veil } from "./draw.ts";

const BULB = "#fff4d2";

const table: Drawing = ({ main, frame }, vary) => {
  const top = vary(52, 70);
  const bottom = vary(92, 104);
  const belly = vary(34, 56);
  const shade = mix(main, "#fff6dd", 0.25);
  return (
    shadow(200, 332, 92) +
    glow(200, 150, 150) +
    rect(196, 190, 8, 40, frame) +
    form(
      `M${200 - 20} 222Q${200 - belly - 18} 272 ${200 - 34} 330H${200 + 34}Q${200 + belly + 18} 272 ${200 + 20} 222z`,
      mix(frame, main, 0.35),
    ) +
    ellipse(200, 330, 34, 6, mix(frame, "#000000", 0.15)) +
    form(
      `M${200 - top} 84L${200 - bottom} 202Q200 216 ${200 + bottom} 202L${200 + top} 84Q200 76 ${200 - top} 84z`,
      shade,
    ) +
    veil(`M${200 - bottom} 202Q200 216 ${200 + bottom} 202Q200 192 ${200 - bottom} 202z`, 0.5, "#fff6dd")
  );
};

const mushroom: Drawing = ({ main, frame }, vary) => {
  const rise = vary(96, 118);
  return (
    shadow(200, 334, 88) +
    glow(200, 190, 160) +
    form("M176 200H224L236 330Q200 340 164 330z", mix(main, frame, 0.3)) +
    ellipse(200, 332, 40, 7, mix(main, "#000000", 0.2)) +
    form(`M84 212Q92 ${212 - rise} 200 ${212 - rise - 6}Q308 ${212 - rise} 316 212Q200 236 84 212z`, main) +
    veil("M84 212Q200 236 316 212Q200 222 84 212z", 0.55, BULB)
  );
};

const floor: Drawing = ({ main, frame }, vary) => {
  const tripod = vary(0, 1) > 0.5;
  const legs = tripod
    ? line("M200 150L150 342M200 150L250 342M200 150L206 334", frame, 7)
    : rect(197, 140, 6, 196, frame) + ellipse(200, 338, 46, 8, frame) + ellipse(200, 336, 46, 7, "url(#lit)");
  return (
    shadow(200, 344, 84) +
    glow(200, 104, 130) +
    legs +
    form("M150 56L128 150Q200 160 272 150L250 56Q200 50 150 56z", mix(main, "#fff6dd", 0.25)) +
    veil("M128 150Q200 160 272 150Q200 142 128 150z", 0.55, BULB)
  );
};

const arc: Drawing = ({ main, frame }) =>
  shadow(116, 344, 62) +
  glow(276, 162, 120) +
  line("M116 336C104 150 150 60 220 62C262 64 276 96 276 122", frame, 7) +
  block(76, 326, 80, 14, mix(frame, "#ffffff", 0.35), 4) +
  form("M222 178Q224 118 276 116Q328 118 330 178Q276 188 222 178z", main) +
  ellipse(276, 178, 54, 7, BULB);

const pendant: Drawing = ({ main, frame }, vary) => {
  const kind = Math.floor(vary(0, 3));
  const shade = [
    "M110 262Q112 156 176 138L182 116H218L224 138Q288 156 290 262Q200 276 110 262z",
    "M176 138L182 112H218L224 138L306 248Q200 266 94 248z",
    "M122 256V172Q122 138 176 134L182 112H218L224 134Q278 138 278 172V256Q200 268 122 256z",
  ][kind] as string;
  const rim = kind === 1 ? 248 : kind === 0 ? 262 : 256;
  const half = kind === 1 ? 106 : kind === 0 ? 90 : 78;
  return (
    line("M200 0V114", mix(frame, "#000000", 0.25), 3) +
    glow(200, rim, 140) +
    form(shade, main) +
    path("M182 116H218L221 128H179z", frame) +
    ellipse(200, rim, half, 9, mix(main, "#000000", 0.3)) +
    ellipse(200, rim + 1, half * 0.62, 5, BULB)
  );
};

const globe: Drawing = ({ main, frame }, vary) => {
  const radius = vary(78, 100);
  const light = mix(main, "#fff8e4", 0.55);
  return (
    line("M200 0V96", mix(frame, "#000000", 0.3), 3) +
    glow(200, 210, 178) +
    ball(200, 210, radius, radius, light) +
    block(182, 210 - radius - 14, 36, 20, frame, 3) +
    ellipse(200 - radius * 0.38, 210 - radius * 0.42, radius * 0.2, radius * 0.28, "#ffffff88")
  );
};

const desk: Drawing = ({ main, frame }, vary) => {
  const lean = vary(-14, 14);
  return (
    shadow(176, 336, 84) +
    glow(282, 190, 110) +
    line(`M176 326L${138 + lean} 214L${236 + lean} 122`, frame, 8) +
    ball(138 + lean, 214, 10, 10, mix(frame, "#000000", 0.25)) +
    ball(236 + lean, 122, 9, 9, mix(frame, "#000000", 0.25)) +
    block(122, 322, 108, 14, main, 7) +
    form(
      `M${222 + lean} 106L${252 + lean} 98L${326 + lean * 0.6} 156Q${304 + lean * 0.6} 190 ${250 + lean * 0.6} 200z`,
      main,
    ) +
    `<g transform="rotate(-30 ${290 + lean * 0.6} 180)">${ellipse(290 + lean * 0.6, 180, 44, 8, BULB)}</g>`
  );
};

export const LAMPS = {
  "lamp-table": table,
  "lamp-mushroom": mushroom,
  "lamp-floor": floor,
  "lamp-arc": arc,
  "lamp-pendant": pendant,
  "lamp-globe": globe,
  "lamp-desk": desk,
} as const;
