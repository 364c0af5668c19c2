// Text and numbers as they stand in the report's HTML. Everything from a log goes through `escaped`: a name of a feature, a
// placement or an event type may hold anything.

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A name of the log or of a column, which may be broken after its dots and underscores. */
export function code(name: string): string {
  return `<code>${escaped(name).replace(/[._]/g, "$&<wbr>")}</code>`;
}

/** 12345 as 12,345. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** To three decimals, as metrics are told; a true minus sign. */
export function metric(value: number): string {
  return minus(value.toFixed(3));
}

/** A difference, with its sign. */
export function signed(value: number): string {
  return withSign(value, 3);
}

/** The same to four decimals, for what is small. */
export function signedFinely(value: number): string {
  return withSign(value, 4);
}

function withSign(value: number, digits: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

export function interval([low, high]: readonly [number, number], format: (value: number) => string = metric): string {
  return `${format(low)} to ${format(high)}`;
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`;
}

export function minus(text: string): string {
  return text.replace(/^-/, "−");
}

export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} GB`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e3).toFixed(1)} kB`;
}

export function seconds(value: number): string {
  return value >= 100 ? `${value.toFixed(0)} s` : `${value.toFixed(1)} s`;
}

/** 2026-11-22 14:05 UTC. */
export function instant(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export interface Column {
  readonly head: string;
  /** Numbers are set flush right. */
  readonly kind?: "number" | "chart";
}

/** @param rows of cells that are HTML; the first of each names the row */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const of = (at: number): string => {
    const kind = columns[at]?.kind;
    return kind === undefined ? "" : ` class="${kind}"`;
  };
  const head = columns.map(({ head }, at) => `<th scope="col"${of(at)}>${head}</th>`).join("");
  const body = rows.map((cells) => {
    const [name = "", ...rest] = cells;
    const others = rest.map((cell, at) => `<td${of(at + 1)}>${cell}</td>`).join("");
    return `<tr><th scope="row">${name}</th>${others}</tr>`;
  });
  return `<table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

export function figure(caption: string, content: string): string {
  return `<figure><figcaption>${caption}</figcaption>${content}</figure>`;
}
