// Sofas.

import { mix } from "./colour.ts";
import { block, type Drawing, ellipse, form, line, path, shadow, times, veil } from "./draw.ts";

function sofa(seats: number): Drawing {
  return ({ main, frame, accent }, vary) => {
    const half = seats === 2 ? 136 : 172;
    const round = vary(14, 34);
    const top = vary(146, 164);
    const left = 200 - half;
    const width = (half * 2 - 56) / seats;
    const dark = mix(main, "#000000", 0.15);
    const cushion = vary(0, 1) > 0.35;
    return (
      shadow(200, 340, half + 16) +
      line(`M${left + 24} 312L${left + 18} 338M${left + half * 2 - 24} 312L${left + half * 2 - 18} 338`, frame, 10) +
      form(
        `M${left + 10} 290V${top + round}Q${left + 10} ${top} ${left + 10 + round} ${top}H${390 - left - round}Q${390 - left} ${top} ${390 - left} ${top + round}V290z`,
        dark,
      ) +
      times(seats, (i) => block(left + 28 + i * width + 2, top + 12, width - 4, 96, main, 14)) +
      times(seats, (i) => block(left + 26 + i * width + 2, 240, width, 42, mix(main, "#ffffff", 0.1), 12)) +
      (cushion ? `<g transform="rotate(-12 ${left + 66} 216)">${block(left + 40, 190, 54, 54, accent, 10)}</g>` : "") +
      block(left - 6, 206, 36, 112, main, 16) +
      block(half * 2 + left - 30, 206, 36, 112, main, 16) +
      block(left + 24, 278, half * 2 - 48, 40, dark, 6)
    );
  };
}

const daybed: Drawing = ({ main, frame, accent }) =>
  shadow(200, 338, 172) +
  line("M52 286L46 334M348 286L354 334", frame, 11) +
  block(36, 272, 328, 20, frame, 4) +
  block(40, 236, 320, 40, main, 12) +
  veil("M46 256H354V260H46z", 0.12) +
  form("M36 172Q36 160 48 160H58Q68 160 68 172V274H36z", frame) +
  block(66, 188, 66, 52, mix(main, "#000000", 0.1), 18) +
  `<g transform="rotate(8 142 214)">${block(116, 192, 52, 46, accent, 12)}</g>`;

const pouf: Drawing = ({ main }, vary) => {
  const knitted = vary(0, 1) > 0.5;
  const body = "M82 238Q74 186 200 184Q326 186 318 238Q328 322 200 332Q72 322 82 238z";
  const dark = mix(main, "#000000", 0.2);
  return (
    shadow(200, 334, 138) +
    form(body, main) +
    (knitted
      ? times(9, (i) =>
          line(
            `M${104 + i * 24} ${204 - Math.abs(4 - i) * -3}Q${92 + i * 27} 262 ${108 + i * 23} ${318 - Math.abs(4 - i) * 4}`,
            `${dark}88`,
            3,
          ),
        )
      : line("M84 236Q200 268 316 236", `${dark}aa`, 4) +
        path("M86 232Q200 262 314 232Q318 242 316 246Q200 276 84 246z", `${dark}33`)) +
    ellipse(200, 206, 96, 16, mix(main, "#ffffff", 0.16))
  );
};

export const SOFAS = {
  "sofa-two": sofa(2),
  "sofa-three": sofa(3),
  "sofa-day": daybed,
  "sofa-pouf": pouf,
} as const;
