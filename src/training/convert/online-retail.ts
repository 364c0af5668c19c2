// UCI Online Retail (Chen, Sain and Guo 2012: a year of invoices of a gift wholesaler) as a history log: the catalogue with
// titles and prices, each invoice a purchase, each cancellation (an invoice number that begins with C) a refund.
import { join } from "node:path";
import { LIMITS } from "../../events/limits.ts";
import { readLineBatches } from "../lines.ts";
import { LogError } from "../log.ts";
import { csvFields, csvRow } from "./csv.ts";

const CATALOGUE = "catalogue_derived.csv.gz";
const INVOICES = "onlineretail.csv.gz";
const CURRENCY = "GBP";

interface Invoice {
  readonly number: string;
  readonly customer: string;
  readonly country: string;
  /** Epoch ms of its first line. */
  readonly ts: number;
  /** By stock code and unit price, in the order of the lines: quantity, above 0. */
  readonly lines: Map<string, { readonly id: string; readonly price: number; quantity: number }>;
}

/**
 * Yields the lines of the log, without line ends: the catalogue, then the invoices in time order. What is left out: lines
 * that are no sale (a price of 0, a quantity that contradicts the kind of invoice, adjustments) and stock codes that are no
 * product (postage, fees, vouchers: not in the catalogue and without a leading digit). An invoice without a customer, a
 * quarter of all lines, is a basket like any other, of an anonymous visitor of its own: nobody who comes again, but what was
 * bought together. An invoice of more lines than an event may hold is several purchases with one `orderId`.
 * @param dir holds both files; invoices are gathered in memory
 * @throws LogError at a line that is not of the format
 */
export async function* convertOnlineRetail(dir: string): AsyncGenerator<string> {
  const catalogue = new Set<string>();
  for await (const row of rowsOf(join(dir, CATALOGUE), ["item_id", "title", "price_gbp"])) {
    catalogue.add(row.of("item_id"));
    const item = { kind: "item", id: row.of("item_id"), title: row.of("title"), price: row.number("price_gbp") };
    yield JSON.stringify({ ...item, currency: CURRENCY });
  }
  const invoices = new Map<string, Invoice>();
  const columns = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"];
  for await (const row of rowsOf(join(dir, INVOICES), columns)) {
    const [number, id, price] = [row.of("InvoiceNo"), row.of("StockCode"), row.number("UnitPrice")];
    const quantity = row.number("Quantity") * (number.startsWith("C") ? -1 : 1);
    if (!/^C?\d+$/.test(number) || !(price > 0) || !(quantity > 0)) continue;
    if (!catalogue.has(id) && !/^\d/.test(id)) continue;
    let invoice = invoices.get(number);
    if (invoice === undefined) {
      const [customer, country] = [row.of("CustomerID"), row.of("Country")];
      invoice = { number, customer, country, ts: row.time("InvoiceDate"), lines: new Map() };
      invoices.set(number, invoice);
    }
    const key = `${id} ${price}`;
    const line = invoice.lines.get(key);
    if (line === undefined) invoice.lines.set(key, { id, price, quantity });
    else line.quantity += quantity;
  }
  for (const invoice of [...invoices.values()].sort((a, b) => a.ts - b.ts)) yield* eventsOf(invoice);
}

function* eventsOf({ number, customer, country, ts, lines }: Invoice): Generator<string> {
  const items = [...lines.values()];
  for (let from = 0; from < items.length; from += LIMITS.itemsPerEvent) {
    yield JSON.stringify({
      kind: "event",
      id: from === 0 ? number : `${number}-${from / LIMITS.itemsPerEvent}`,
      type: number.startsWith("C") ? "refund" : "purchase",
      ts,
      ...(customer === "" ? { anonymousId: `invoice-${number}` } : { userId: customer }),
      orderId: number,
      currency: CURRENCY,
      items: items.slice(from, from + LIMITS.itemsPerEvent),
      context: { country },
    });
  }
}

interface Row {
  of(column: string): string;
  number(column: string): number;
  /** Epoch ms. */
  time(column: string): number;
}

async function* rowsOf(path: string, needed: readonly string[]): AsyncGenerator<Row> {
  let line = 0;
  let header: readonly string[] = [];
  for await (const batch of readLineBatches(path)) {
    for (const text of batch) {
      line++;
      if (text === "") continue;
      const at = line;
      const fields = csvFields(text);
      if (fields === null) throw new LogError(path, at, "a quotation mark is not closed");
      if (line === 1) {
        header = fields;
        const missing = needed.find((column) => !header.includes(column));
        if (missing !== undefined) throw new LogError(path, 1, `column ${missing} is missing`);
        continue;
      }
      const row = csvRow(header, fields);
      if (row === null) throw new LogError(path, at, `${fields.length} fields, the header has ${header.length}`);
      const of = (column: string): string => row[column] as string;
      const finite = (column: string, value: number): number => {
        if (Number.isFinite(value) && of(column) !== "") return value;
        throw new LogError(path, at, `${column} cannot be ${JSON.stringify(of(column))}`);
      };
      yield {
        of,
        number: (column) => finite(column, Number(of(column))),
        time: (column) => finite(column, Date.parse(of(column))),
      };
    }
  }
}
