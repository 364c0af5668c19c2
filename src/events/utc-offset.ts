// Local time less UTC by the name of a time zone. The edge finds it once, and it goes into the lake with the event: the fold
// must not depend on which version of the time zone data reads the log later.

const formats = new Map<string, Intl.DateTimeFormat | null>();
/** Formats are large; who visits a site at a time comes from few zones. */
const MAX_FORMATS = 64;

/** Minutes; null for a zone that nobody knows. @param at epoch ms */
export function utcOffsetMinutes(timezone: string, at: number): number | null {
  // Names of zones do not depend on case.
  const format = formatOf(timezone.toLowerCase());
  if (format === null) return null;
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  const local = Date.UTC(year, month - 1, day, hour, minute);
  return Math.round((local - Math.floor(at / 60_000) * 60_000) / 60_000);
}

function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null = null;
  try {
    format = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
  } catch {
    // Not a zone: the event says nothing of local time.
  }
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(timeZone, format);
  return format;
}
