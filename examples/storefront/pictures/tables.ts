// Tables, with something small on them.

import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, line, rect, shadow } from "./draw.ts";

/** A vase with two stems, standing at (x, y). */
function still(x: number, y: number, accent: string): string {
  return (
    line(
      `M${x} ${y - 30}Q${x - 4} ${y - 60} ${x - 18} ${y - 74}M${x} ${y - 30}Q${x + 6} ${y - 54} ${x + 16} ${y - 62}`,
      "#66743f",
      3,
    ) +
    ball(x - 19, y - 77, 9, 8, accent) +
    ball(x + 18, y - 65, 7, 6, accent) +
    form(
      `M${x - 7} ${y - 40}H${x + 7}Q${x + 8} ${y - 28} ${x + 16} ${y - 18}Q${x + 18} ${y} ${x} ${y}Q${x - 18} ${y} ${x - 16} ${y - 18}Q${x - 8} ${y - 28} ${x - 7} ${y - 40}z`,
      mix(accent, "#ffffff", 0.55),
    )
  );
}

const round: Drawing = ({ main, frame, accent }, vary) => {
  const pedestal = vary(0, 1) > 0.4;
  const leg = mix(frame, "#000000", 0.15);
  return (
    shadow(200, 344, 150) +
    (pedestal
      ? form("M184 214H216Q218 290 262 338Q200 352 138 338Q182 290 184 214z", mix(leg, main, 0.4))
      : line("M112 214L92 342M288 214L308 342M168 220L160 336M232 220L240 336", leg, 10)) +
    ball(200, 212, 164, 30, mix(frame, "#000000", 0.25)) +
    ball(200, 204, 164, 30, frame) +
    still(220, 204, accent)
  );
};

const long: Drawing = ({ main, frame, accent }, vary) => {
  const trestle = vary(0, 1) > 0.5;
  const leg = trestle ? mix(main, frame, 0.5) : mix(frame, "#000000", 0.18);
  return (
    shadow(200, 344, 172) +
    (trestle
      ? line("M92 216L66 342M92 216L124 342M308 216L276 342M308 216L334 342", leg, 9)
      : block(52, 216, 16, 126, leg, 3) +
        block(332, 216, 16, 126, leg, 3) +
        block(92, 214, 12, 112, mix(leg, "#000000", 0.15)) +
        block(296, 214, 12, 112, mix(leg, "#000000", 0.15))) +
    form("M60 188H340L376 214H24z", mix(frame, "#ffffff", 0.12)) +
    block(24, 214, 352, 14, frame, 2) +
    still(152, 204, accent) +
    ball(246, 200, 34, 7, mix(main, "#ffffff", 0.4))
  );
};

const coffee: Drawing = ({ main, frame, accent }, vary) => {
  const oval = vary(0, 1) > 0.5;
  const leg = mix(frame, "#000000", 0.22);
  const books = rect(142, 226, 84, 11, accent, 2) + rect(150, 215, 70, 11, mix(main, "#ffffff", 0.3), 2);
  return (
    shadow(200, 340, 158) +
    line("M98 252L84 338M302 252L316 338M140 256L136 328M260 256L264 328", leg, 10) +
    (oval
      ? ball(200, 252, 154, 25, mix(frame, "#000000", 0.25)) + ball(200, 244, 154, 25, frame)
      : form("M78 230H322L354 254H46z", mix(frame, "#ffffff", 0.14)) + block(46, 254, 308, 13, frame, 2)) +
    `<g transform="translate(0 10)">${books}</g>` +
    ball(262, 240, 26, 7, mix(main, "#000000", 0.05))
  );
};

const side: Drawing = ({ main, frame, accent }, vary) => {
  const drum = vary(0, 1) > 0.66;
  return (
    shadow(200, 342, 92) +
    (drum
      ? form("M118 206L132 334Q200 350 268 334L282 206z", mix(main, frame, 0.35))
      : line("M138 206L124 340M262 206L276 340M186 212L180 334M222 212L226 334", frame, 7) +
        line("M132 286H268", frame, 5)) +
    ball(200, 210, 92, 20, mix(main, "#000000", 0.25)) +
    ball(200, 203, 92, 20, main) +
    still(224, 203, accent)
  );
};

const desk: Drawing = ({ main, frame, accent }) =>
  shadow(200, 346, 166) +
  line("M74 220L62 344M326 220L338 344M110 220L106 332M290 220L294 332", mix(frame, "#000000", 0.15), 9) +
  block(48, 204, 304, 42, mix(frame, "#000000", 0.06), 3) +
  block(196, 210, 148, 30, main, 3) +
  ellipse(270, 225, 9, 3.5, mix(main, "#000000", 0.45)) +
  form("M62 184H338L358 205H42z", frame) +
  rect(106, 176, 74, 10, accent, 2) +
  rect(112, 167, 62, 9, mix(accent, "#ffffff", 0.4), 2) +
  still(296, 194, mix(accent, main, 0.4));

export const TABLES = {
  "table-round": round,
  "table-long": long,
  "table-coffee": coffee,
  "table-side": side,
  "table-desk": desk,
} as const;
