// Tableware.

import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, line, path, rect, shadow, times } from "./draw.ts";

/** Small specks in the glaze. */
function specks(
  colour: string,
  left: number,
  top: number,
  width: number,
  height: number,
  vary: (a: number, b: number) => number,
): string {
  return times(26, () =>
    ellipse(
      left + vary(0, width),
      top + vary(0, height),
      vary(0.8, 2),
      vary(0.8, 2),
      `${mix(colour, "#000000", 0.5)}66`,
    ),
  );
}

const mug: Drawing = ({ main }, vary) => {
  const dip = vary(232, 276);
  const raw = mix(main, "#cbb392", 0.7);
  return (
    shadow(196, 330, 104) +
    line("M268 190Q330 184 326 238Q322 284 264 280", main, 18) +
    line("M268 190Q330 184 326 238Q322 284 264 280", "#0000001f", 18) +
    form("M120 146H272L264 306Q262 328 236 328H156Q130 328 128 306z", raw) +
    form(`M120 146H272L267 ${dip}Q196 ${dip + 18} 125 ${dip}z`, main) +
    specks(main, 130, 170, 120, 70, vary) +
    ball(196, 146, 76, 15, mix(main, "#000000", 0.3)) +
    ellipse(196, 150, 66, 10, "#4a2f1f")
  );
};

const bowl: Drawing = ({ main, accent }, vary) => {
  const rim = vary(0, 1) > 0.5;
  return (
    shadow(200, 328, 112) +
    form("M68 196Q76 318 168 326H232Q324 318 332 196z", main) +
    specks(main, 110, 220, 180, 70, vary) +
    ball(200, 196, 132, 28, mix(main, "#ffffff", 0.25)) +
    ellipse(200, 201, 116, 21, mix(main, "#000000", 0.22)) +
    (rim ? `<ellipse cx="200" cy="196" rx="130" ry="27" fill="none" stroke="${accent}" stroke-width="4"/>` : "")
  );
};

const plates: Drawing = ({ main, accent }, vary) => {
  const rim = vary(0, 1) > 0.4;
  return (
    shadow(200, 328, 150) +
    times(4, (i) => {
      const y = 302 - i * 18;
      return (
        form(`M48 ${y}Q70 ${y + 22} 150 ${y + 24}H250Q330 ${y + 22} 352 ${y}z`, mix(main, "#000000", 0.08)) +
        ball(200, y, 152, 27, i % 2 === 0 ? main : mix(main, "#ffffff", 0.2))
      );
    }) +
    ellipse(200, 250, 100, 16, mix(main, "#000000", 0.09)) +
    ellipse(200, 251, 96, 14, mix(main, "#ffffff", 0.18)) +
    (rim ? `<ellipse cx="200" cy="248" rx="142" ry="24" fill="none" stroke="${accent}" stroke-width="3.5"/>` : "")
  );
};

const teapot: Drawing = ({ main, frame }) =>
  shadow(200, 328, 116) +
  line("M132 176Q200 76 268 176", frame, 9) +
  form("M272 226Q316 216 334 162L354 170Q340 262 268 286z", main) +
  form("M98 236Q98 170 200 170Q302 170 302 236Q302 326 200 328Q98 326 98 236z", main) +
  ellipse(200, 176, 58, 12, mix(main, "#000000", 0.2)) +
  form("M146 174Q150 152 200 150Q250 152 254 174Q200 186 146 174z", main) +
  ball(200, 144, 13, 11, frame) +
  ellipse(152, 218, 18, 30, "#ffffff30");

const glasses: Drawing = ({ main }) => {
  const tint = mix(main, "#ffffff", 0.45);
  const one = (x: number, y: number, scale: number): string =>
    `<g transform="translate(${x} ${y}) scale(${scale})">` +
    path("M-44 -150H44L36 0Q0 8 -36 0z", `${tint}88`) +
    path("M-41 -96H41L36 0Q0 8 -36 0z", `${main}77`) +
    times(7, (i) => line(`M${-36 + i * 12} -148L${-30 + i * 10} -6`, "#ffffff66", 2)) +
    ellipse(0, -150, 44, 9, `${tint}cc`) +
    ellipse(0, -96, 41, 7, `${main}66`) +
    line("M-33 -130L-27 -20", "#ffffffcc", 5) +
    "</g>";
  return (
    shadow(200, 334, 150) +
    one(126, 312, 0.9) +
    one(276, 308, 0.9) +
    one(92, 334, 1) +
    one(206, 336, 1.02) +
    one(312, 334, 1)
  );
};

const carafe: Drawing = ({ main, frame }, vary) => {
  const water = vary(210, 260);
  const body =
    "M178 92H222V150Q222 186 262 218Q282 240 276 300Q274 330 240 332H160Q126 330 124 300Q118 240 138 218Q178 186 178 150z";
  const tint = mix(main, "#ffffff", 0.35);
  return (
    shadow(200, 336, 96) +
    path(body, `${tint}99`) +
    path(`M136 ${water}H264Q282 250 276 300Q274 330 240 332H160Q126 330 124 300Q118 250 136 ${water}z`, `${main}88`) +
    path(body, "url(#lit)") +
    ellipse(200, water, 64, 8, `${main}66`) +
    block(180, 62, 40, 36, mix(frame, "#d9b383", 0.6), 4) +
    ellipse(200, 63, 20, 5, mix(frame, "#f3dcb6", 0.7)) +
    line("M146 238Q138 270 144 306", "#ffffffb0", 6) +
    rect(184, 104, 5, 44, "#ffffff99", 2)
  );
};

export const TABLEWARE = { mug, bowl, plates, teapot, glasses, carafe } as const;
