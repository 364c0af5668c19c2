// One line of comma-separated values (RFC 4180, without line breaks inside of fields): a field in quotation marks may hold
// commas, and quotation marks doubled.

/** The fields of `line`; null when a quotation mark is not closed or is followed by anything but a comma. */
export function csvFields(line: string): string[] | null {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let text = "";
      for (;;) {
        const end = line.indexOf('"', at + 1);
        if (end < 0) return null;
        text += line.slice(at + 1, end);
        at = end + 1;
        if (line[at] !== '"') break;
        text += '"';
      }
      fields.push(text);
      if (at < line.length && line[at] !== ",") return null;
    } else {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      fields.push(line.slice(at, end));
      at = end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** Rows as objects, by the names of the header. */
export function csvRow(header: readonly string[], fields: readonly string[]): Record<string, string> | null {
  if (fields.length !== header.length) return null;
  return Object.fromEntries(header.map((name, index) => [name, fields[index] as string]));
}
