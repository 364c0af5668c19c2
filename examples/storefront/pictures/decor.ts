// Decor.

import { mix } from "./colour.ts";
import { ball, block, type Drawing, ellipse, form, glow, line, path, rect, shadow, times, within } from "./draw.ts";

const PANE = "#dfe9ec";

const mirrorRound: Drawing = ({ frame, main }) =>
  ellipse(208, 212, 136, 136, "#0000001c") +
  ball(200, 200, 136, 136, frame) +
  within(
    "pane",
    "M200 82A118 118 0 1 1 199.9 82z",
    rect(60, 60, 280, 280, PANE) +
      rect(60, 250, 280, 90, mix(main, PANE, 0.45)) +
      path("M92 330L260 70H300L140 330z", "#ffffff70") +
      path("M190 330L330 110V150L222 330z", "#ffffff50"),
  ) +
  line("M200 64V40", mix(frame, "#000000", 0.3), 3);

const mirrorArch: Drawing = ({ frame, main }) => {
  const outer = "M116 346V160A84 84 0 0 1 284 160V346z";
  const inner = "M128 336V162A72 72 0 0 1 272 162V336z";
  return (
    shadow(206, 348, 106) +
    path("M126 352V166A84 84 0 0 1 294 166V352z", "#0000001a") +
    form(outer, frame) +
    within(
      "pane",
      inner,
      rect(120, 70, 160, 280, PANE) +
        rect(120, 286, 160, 60, mix(main, PANE, 0.4)) +
        path("M120 300L250 80H282L140 340z", "#ffffff66"),
    )
  );
};

const clock: Drawing = ({ main, frame }, vary) => {
  const minute = vary(0, 6.28);
  const hour = vary(0, 6.28);
  const hand = (angle: number, length: number, width: number): string =>
    line(
      `M200 200L${(200 + Math.sin(angle) * length).toFixed(1)} ${(200 - Math.cos(angle) * length).toFixed(1)}`,
      "#2c2a28",
      width,
    );
  return (
    ellipse(210, 214, 132, 132, "#0000001f") +
    ball(200, 200, 132, 132, frame) +
    ellipse(200, 200, 116, 116, mix(main, "#ffffff", 0.55)) +
    times(12, (i) => {
      const angle = (i / 12) * Math.PI * 2;
      const from = i % 3 === 0 ? 88 : 96;
      const at = (radius: number): string =>
        `${(200 + Math.sin(angle) * radius).toFixed(1)} ${(200 - Math.cos(angle) * radius).toFixed(1)}`;
      return line(`M${at(from)}L${at(106)}`, mix(main, "#1c1a18", 0.75), i % 3 === 0 ? 6 : 3);
    }) +
    hand(minute, 84, 5) +
    hand(hour, 54, 8) +
    ball(200, 200, 9, 9, frame)
  );
};

const vase: Drawing = ({ main, accent }, vary) => {
  const neck = vary(14, 30);
  const belly = vary(60, 96);
  const stems = vary(0, 1) > 0.25;
  const top = vary(150, 172);
  const leaf = (x: number, y: number, turn: number): string =>
    `<g transform="rotate(${turn} ${x} ${y})">${ball(x, y - 16, 9, 19, "#7c8c58")}</g>`;
  return (
    shadow(200, 336, 92) +
    (stems
      ? line(`M200 ${top}Q190 100 158 70M200 ${top}Q208 96 244 58M200 ${top}Q202 90 202 40`, "#66743f", 4) +
        leaf(178, 104, -50) +
        leaf(226, 92, 44) +
        leaf(203, 92, -24) +
        ball(156, 66, 16, 15, accent) +
        ball(246, 54, 17, 16, accent) +
        ball(202, 38, 15, 14, mix(accent, "#ffffff", 0.3))
      : "") +
    form(
      `M${200 - neck} ${top}Q200 ${top + 8} ${200 + neck} ${top}Q${200 + neck - 3} ${top + 40} ${200 + belly} 244Q${200 + belly + 4} 322 240 334H160Q${200 - belly - 4} 322 ${200 - belly} 244Q${200 - neck + 3} ${top + 40} ${200 - neck} ${top}z`,
      main,
    ) +
    ellipse(200, top, neck, 5, mix(main, "#000000", 0.4)) +
    ellipse(200 - belly * 0.5, 256, 9, 26, "#ffffff2e")
  );
};

const candles: Drawing = ({ main, frame }) => {
  const candle = (x: number, top: number): string =>
    glow(x, top - 18, 62) +
    block(x - 11, top, 22, 300 - top, main, 3) +
    line(`M${x} ${top}v-8`, "#4a3a2c", 2.5) +
    path(`M${x} ${top - 36}Q${x + 10} ${top - 16} ${x} ${top - 7}Q${x - 10} ${top - 16} ${x} ${top - 36}z`, "#ffcf5c") +
    block(x - 17, 292, 34, 14, frame, 3) +
    form(`M${x - 8} 304H${x + 8}L${x + 30} 332Q${x} 340 ${x - 30} 332z`, frame);
  return shadow(200, 336, 142) + candle(120, 168) + candle(200, 116) + candle(280, 196);
};

const print: Drawing = ({ main, accent, frame }, vary) => {
  const motif = Math.floor(vary(0, 4));
  const paper = "#f6f0e4";
  const drawn = [
    ellipse(200, 160, 44, 44, accent) +
      path("M126 262Q170 190 214 236Q246 196 274 262V300H126z", main) +
      path("M126 276Q190 236 274 282V300H126z", mix(main, "#000000", 0.25)),
    path("M150 300V200A50 50 0 0 1 250 200V300z", main) +
      path("M172 300V212A28 28 0 0 1 228 212V300z", accent) +
      ellipse(200, 134, 22, 22, mix(accent, main, 0.5)),
    ellipse(176, 178, 46, 46, `${main}dd`) +
      ellipse(226, 206, 46, 46, `${accent}cc`) +
      ellipse(190, 248, 40, 40, `${mix(main, accent, 0.5)}cc`),
    line("M200 300V160", mix(main, "#000000", 0.2), 4) +
      times(
        4,
        (i) =>
          `<g transform="rotate(-46 200 ${272 - i * 30})">${ellipse(200, 254 - i * 30, 9, 26, main)}</g><g transform="rotate(46 200 ${272 - i * 30})">${ellipse(200, 254 - i * 30, 9, 26, mix(main, accent, 0.35))}</g>`,
      ) +
      ellipse(200, 140, 10, 26, main),
  ][motif] as string;
  return (
    rect(98, 62, 220, 292, "#0000001f", 3) +
    block(90, 52, 220, 292, frame, 3) +
    rect(102, 64, 196, 268, paper) +
    within("motif", "M126 92H274V300H126z", rect(126, 92, 148, 208, mix(main, paper, 0.82)) + drawn)
  );
};

export const DECOR = { "mirror-round": mirrorRound, "mirror-arch": mirrorArch, clock, vase, candles, print } as const;
