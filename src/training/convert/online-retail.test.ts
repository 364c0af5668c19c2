import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type LogEvent, type LogItem, type LogRecord, parseLogLine } from "../log.ts";
import { csvFields } from "./csv.ts";
import { convertOnlineRetail } from "./online-retail.ts";

const CATALOGUE = ["item_id,title,price_gbp,lines,customers", '10002,"LAMP, ""MOON""",2.5,1,1', "10003A,TIN,1.25,1,1"];
const HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

async function convert(invoices: readonly string[]): Promise<LogRecord[]> {
  const dir = mkdtempSync(join(tmpdir(), "nowcast-onlineretail-"));
  writeFileSync(join(dir, "catalogue_derived.csv.gz"), gzipSync(CATALOGUE.join("\n")));
  writeFileSync(join(dir, "onlineretail.csv.gz"), gzipSync([HEADER, ...invoices, ""].join("\n")));
  try {
    const records: LogRecord[] = [];
    for await (const line of convertOnlineRetail(dir)) {
      const parsed = parseLogLine(line);
      if ("problem" in parsed) throw new Error(parsed.problem);
      records.push(parsed.record);
    }
    return records;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function eventsOf(invoices: readonly string[]): Promise<LogEvent[]> {
  return (await convert(invoices)).filter((record): record is LogEvent => record.kind === "event");
}

const line = (fields: Partial<Record<"no" | "code" | "quantity" | "at" | "price" | "customer", string>>): string => {
  const { no = "500", code = "10002", quantity = "2", at = "2011-01-02T03:04:00Z", price = "2.5" } = fields;
  return `"${no}","${code}","A, ""B""",${quantity},"${at}",${price},${fields.customer ?? "17"},"France"`;
};

test("the catalogue comes first, with titles and prices", async () => {
  const items = (await convert([line({})])).slice(0, 2) as LogItem[];
  expect(items).toEqual([
    { kind: "item", id: "10002", title: 'LAMP, "MOON"', price: 2.5, currency: "GBP" },
    { kind: "item", id: "10003A", title: "TIN", price: 1.25, currency: "GBP" },
  ]);
});

test("an invoice is one purchase of its customer, equal lines added up, and invoices are in time order", async () => {
  const later = line({ no: "400", at: "2011-01-03T00:00:00Z" });
  const events = await eventsOf([later, line({}), line({ code: "10003A", price: "1.25" }), line({ quantity: "5" })]);
  expect(events).toEqual([
    {
      kind: "event",
      id: "500",
      type: "purchase",
      ts: Date.parse("2011-01-02T03:04:00Z"),
      userId: "17",
      orderId: "500",
      currency: "GBP",
      items: [
        { id: "10002", price: 2.5, quantity: 7 },
        { id: "10003A", price: 1.25, quantity: 2 },
      ],
      context: { country: "France" },
    },
    expect.objectContaining({ id: "400" }),
  ]);
});

test("a cancellation is a refund of what it takes back", async () => {
  const [refund] = await eventsOf([line({ no: "C501", quantity: "-3" })]);
  expect(refund).toMatchObject({ id: "C501", type: "refund", items: [{ id: "10002", price: 2.5, quantity: 3 }] });
});

test("an invoice without a customer is of an anonymous visitor of its own", async () => {
  const [basket] = await eventsOf([line({ customer: "" })]);
  expect(basket).toMatchObject({ anonymousId: "invoice-500" });
  expect(basket).not.toHaveProperty("userId");
});

test("what is no sale of a product is left out", async () => {
  const none = [
    line({ code: "POST" }),
    line({ price: "0" }),
    line({ quantity: "-2" }),
    line({ no: "A502" }),
    line({ no: "C503", quantity: "2" }),
  ];
  expect(await eventsOf(none)).toEqual([]);
});

test("a product that the catalogue lacks is kept", async () => {
  expect((await eventsOf([line({ code: "85068" })]))[0]?.items?.[0]?.id).toBe("85068");
});

test("an invoice of more lines than an event holds is several purchases of one order", async () => {
  const events = await eventsOf(Array.from({ length: 130 }, (_, code) => line({ code: String(20_000 + code) })));
  expect(events.map(({ id, orderId, items }) => [id, orderId, items?.length])).toEqual([
    ["500", "500", 100],
    ["500-1", "500", 30],
  ]);
});

test.each([
  [line({ price: "much" }), /:2: UnitPrice cannot be "much"/],
  [line({ at: "" }), /:2: InvoiceDate cannot be ""/],
  ["1,2", /:2: 2 fields, the header has 8/],
  ['"1', /:2: a quotation mark is not closed/],
])("the line %j is refused with its place", async (bad, message) => {
  await expect(convert([bad])).rejects.toThrow(message);
});

test("quoted fields hold commas and doubled marks; empty ones stay", () => {
  expect(csvFields('a,"b,""c""",,"",d')).toEqual(["a", 'b,"c"', "", "", "d"]);
  expect(csvFields('"a"b')).toBeNull();
});
