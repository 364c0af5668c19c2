// The brush: SVG elements as strings, on a canvas of 400 by 400. Volume comes from one gradient laid over every form, as if
// light fell from the left.

/** What a drawing paints with, hex colours. */
export interface Paint {
  /** Of the large parts: shade, seat, glaze. */
  readonly main: string;
  /** Of frame, foot, stand. */
  readonly frame: string;
  /** Goes with `main`: stripes, cushions, flowers. */
  readonly accent: string;
  readonly wall: string;
}

export type Drawing = (paint: Paint, vary: (from: number, to: number) => number) => string;

const n = (value: number): string => String(Math.round(value * 10) / 10);

export function path(d: string, fill: string, more = ""): string {
  return `<path d="${d}" fill="${fill}"${more}/>`;
}

/** A filled outline with light and shadow on it. */
export function form(d: string, fill: string): string {
  return path(d, fill) + path(d, "url(#lit)");
}

export function rect(x: number, y: number, width: number, height: number, fill: string, radius = 0): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${n(radius)}" fill="${fill}"/>`;
}

/** A rectangle with light and shadow on it. */
export function block(x: number, y: number, width: number, height: number, fill: string, radius = 0): string {
  return rect(x, y, width, height, fill, radius) + rect(x, y, width, height, "url(#lit)", radius);
}

export function ellipse(cx: number, cy: number, rx: number, ry: number, fill: string): string {
  return `<ellipse cx="${n(cx)}" cy="${n(cy)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}"/>`;
}

export function ball(cx: number, cy: number, rx: number, ry: number, fill: string): string {
  return ellipse(cx, cy, rx, ry, fill) + ellipse(cx, cy, rx, ry, "url(#lit)");
}

export function line(d: string, stroke: string, width: number): string {
  return `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${n(width)}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

/** Darkens (or with white lightens) what lies below. */
export function veil(d: string, opacity: number, colour = "#000"): string {
  return `<path d="${d}" fill="${colour}" opacity="${opacity}"/>`;
}

/** The soft shadow of what stands on the floor. */
export function shadow(cx: number, cy: number, rx: number, ry = rx * 0.13): string {
  return `<ellipse cx="${n(cx)}" cy="${n(cy)}" rx="${n(rx)}" ry="${n(ry)}" fill="url(#shadow)"/>`;
}

/** The same light round a lamp. */
export function glow(cx: number, cy: number, radius: number): string {
  return `<circle cx="${n(cx)}" cy="${n(cy)}" r="${n(radius)}" fill="url(#glow)"/>`;
}

/** Repeats a drawing. */
export function times(count: number, draw: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => draw(index)).join("");
}

/** What is drawn shows only inside the outline. @param id unique in the picture */
export function within(id: string, d: string, content: string): string {
  return `<clipPath id="${id}"><path d="${d}"/></clipPath><g clip-path="url(#${id})">${content}</g>`;
}
