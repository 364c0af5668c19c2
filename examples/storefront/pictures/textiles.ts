// Textiles.

import { mix } from "./colour.ts";
import { block, type Drawing, form, line, rect, shadow, times, veil, within } from "./draw.ts";

const CUSHION = "M92 116Q200 92 308 116Q330 216 308 320Q200 340 92 320Q70 216 92 116z";

const cushion: Drawing = ({ main, accent }, vary) => {
  const pattern = Math.floor(vary(0, 5));
  const pale = mix(main, "#fff8ec", 0.6);
  const drawn = [
    "",
    times(7, (i) => rect(70, 120 + i * 32, 260, 12, pale)),
    times(7, (i) => rect(86 + i * 34, 80, 8, 270, i % 2 === 0 ? accent : pale)),
    times(6, (i) => line(`M${60 + i * 56} 90L${-20 + i * 56} 350`, pale, 10)),
    `<circle cx="200" cy="216" r="74" fill="${accent}"/><circle cx="200" cy="216" r="46" fill="${pale}"/>`,
  ][pattern] as string;
  return (
    shadow(200, 332, 128) +
    within("cushion", CUSHION, rect(60, 80, 280, 270, main) + drawn) +
    form(CUSHION, "none") +
    line("M94 118L122 146M306 118L280 144M94 318L122 292M306 318L280 292", `${mix(main, "#000000", 0.4)}55`, 3)
  );
};

const throwOver: Drawing = ({ main, accent }, vary) => {
  const checked = vary(0, 1) > 0.45;
  const fold = "M96 196Q200 180 304 196L312 318Q200 334 88 318z";
  const pale = mix(main, "#fff8ec", 0.5);
  const weave = checked
    ? times(6, (i) => rect(84 + i * 42, 90, 12, 260, `${pale}bb`)) +
      times(6, (i) => rect(60, 108 + i * 40, 280, 11, `${accent}99`))
    : times(3, (i) => rect(60, 270 + i * 14, 280, 5, pale));
  return (
    shadow(200, 334, 132) +
    within(
      "under",
      "M104 128Q200 112 296 128L304 300H96z",
      rect(60, 90, 280, 240, mix(main, "#000000", 0.12)) + weave,
    ) +
    veil("M98 190Q200 174 302 190V206Q200 188 98 206z", 0.22) +
    within("over", fold, rect(60, 170, 280, 170, main) + weave) +
    form(fold, "none") +
    times(22, (i) =>
      line(`M${94 + i * 10} ${320 + 6 * Math.sin((i / 21) * Math.PI)}v16`, mix(main, "#fff8ec", 0.35), 3),
    )
  );
};

const towels: Drawing = ({ main, accent }) => {
  const colours = [mix(main, "#ffffff", 0.45), main, mix(main, "#000000", 0.1), accent];
  return (
    shadow(200, 334, 136) +
    times(4, (i) => {
      const y = 288 - i * 44;
      const inset = i > 1 ? 24 : 0;
      const colour = colours[i] as string;
      return (
        block(78 + inset, y, 244 - 2 * inset, 42, colour, 18) +
        line(`M${96 + inset} ${y + 22}H${318 - inset}`, `${mix(colour, "#000000", 0.3)}66`, 2) +
        rect(282 - inset, y + 1, 10, 40, mix(colour, "#ffffff", 0.35))
      );
    })
  );
};

const curtain: Drawing = ({ main, frame }) => {
  const side = (x: number, flip: number): string =>
    times(5, (i) =>
      form(
        `M${x + flip * i * 20} 62Q${x + flip * (i * 20 + 8)} 200 ${x + flip * (i * 22 - 4)} 356H${x + flip * (i * 22 + 22)}Q${x + flip * (i * 20 + 24)} 200 ${x + flip * (i * 20 + 22)} 62z`,
        i % 2 === 0 ? main : mix(main, "#000000", 0.08),
      ),
    );
  return (
    rect(126, 84, 148, 236, "#f7fbff") +
    rect(126, 84, 148, 236, "#bcd6e6", 0) +
    line("M126 84H274V320H126zM200 84V320M126 202H274", "#ffffff", 8) +
    veil("M130 250Q170 220 200 246Q240 214 270 240V316H130z", 0.5, "#8fae84") +
    rect(40, 52, 320, 8, frame, 4) +
    `<circle cx="40" cy="56" r="9" fill="${frame}"/><circle cx="360" cy="56" r="9" fill="${frame}"/>` +
    side(52, 1) +
    side(348, -1)
  );
};

export const TEXTILES = { cushion, throw: throwOver, towels, curtain } as const;
