// How pending facts are stored with the state: a list of 24 items takes some 130 bytes, a page with its context as many.
import type { Fact, FactContext, FactItem } from "./fact.ts";
import { DEVICE_CLASSES, REFERRER_CLASSES } from "./profile.ts";
import type { Arrival } from "./referrer.ts";
import { pick, type StateReader, type StateWriter } from "./state-bytes.ts";

const HAS_ITEMS = 1;
const HAS_SHOWN = 2;
const HAS_QUERY = 4;
const HAS_VALUE = 8;
const HAS_CONTEXT = 16;

export function writeFact(writer: StateWriter, fact: Fact): void {
  const { n } = writer;
  const { id, type, at, items, shown, query, value, context } = fact;
  writer.text(id).text(type);
  n.varint(at).u8(
    (items ? HAS_ITEMS : 0) |
      (shown ? HAS_SHOWN : 0) |
      (query === undefined ? 0 : HAS_QUERY) |
      (value === undefined ? 0 : HAS_VALUE) |
      (context ? HAS_CONTEXT : 0),
  );
  if (items) {
    n.varint(items.length);
    for (const item of items) writeItem(writer, item);
  }
  if (shown) {
    n.u32(shown.placement).varint(shown.from).varint(shown.items.length);
    for (const item of shown.items) n.u32(item);
  }
  if (query !== undefined) writer.text(query);
  if (value !== undefined) n.f64(value);
  if (context) writeContext(writer, context);
}

/** @throws RangeError when it is truncated or holds what cannot be */
export function readFact(reader: StateReader): Fact {
  const { n } = reader;
  const [id, type, at] = [reader.text(), reader.text(), n.varint()];
  const flags = n.u8();
  return {
    id,
    type,
    at,
    ...(flags & HAS_ITEMS ? { items: reader.list(() => readItem(reader)) } : {}),
    ...(flags & HAS_SHOWN ? { shown: readShown(reader) } : {}),
    ...(flags & HAS_QUERY ? { query: reader.text() } : {}),
    ...(flags & HAS_VALUE ? { value: n.f64() } : {}),
    ...(flags & HAS_CONTEXT ? { context: readContext(reader) } : {}),
  };
}

const HAS_CATEGORY = 1;
const HAS_BRAND = 2;
const HAS_PRICE = 4;
const HAS_QUANTITY = 8;

function writeItem(writer: StateWriter, { id, category, brand, price, quantity }: FactItem): void {
  const { n } = writer;
  writer.text(id);
  n.u8(
    (category === undefined ? 0 : HAS_CATEGORY) |
      (brand === undefined ? 0 : HAS_BRAND) |
      (price === undefined ? 0 : HAS_PRICE) |
      (quantity === undefined ? 0 : HAS_QUANTITY),
  );
  if (category !== undefined) writer.text(category);
  if (brand !== undefined) writer.text(brand);
  if (price !== undefined) n.f64(price);
  if (quantity !== undefined) n.f64(quantity);
}

function readItem(reader: StateReader): FactItem {
  const { n } = reader;
  const id = reader.text();
  const flags = n.u8();
  return {
    id,
    ...(flags & HAS_CATEGORY ? { category: reader.text() } : {}),
    ...(flags & HAS_BRAND ? { brand: reader.text() } : {}),
    ...(flags & HAS_PRICE ? { price: n.f64() } : {}),
    ...(flags & HAS_QUANTITY ? { quantity: n.f64() } : {}),
  };
}

function readShown({ n, list }: StateReader): NonNullable<Fact["shown"]> {
  const [placement, from] = [n.u32(), n.varint()];
  return { items: list(() => n.u32()), placement, from };
}

const HAS_ARRIVAL = 1;
const HAS_DEVICE = 2;
const HAS_COUNTRY = 4;
const HAS_CITY = 8;
const HAS_OFFSET = 16;

function writeContext(writer: StateWriter, context: FactContext): void {
  const { n } = writer;
  const { arrival, device, country, city, utcOffsetMinutes } = context;
  n.u8(
    (arrival ? HAS_ARRIVAL : 0) |
      (device === undefined ? 0 : HAS_DEVICE) |
      (country === undefined ? 0 : HAS_COUNTRY) |
      (city === undefined ? 0 : HAS_CITY) |
      (utcOffsetMinutes === undefined ? 0 : HAS_OFFSET),
  );
  if (arrival) writeArrival(writer, arrival);
  if (device !== undefined) n.u8(DEVICE_CLASSES.indexOf(device));
  if (country !== undefined) writer.text(country);
  if (city !== undefined) writer.text(city);
  if (utcOffsetMinutes !== undefined) n.u16(utcOffsetMinutes & 0xffff);
}

function readContext(reader: StateReader): FactContext {
  const { n } = reader;
  const flags = n.u8();
  return {
    ...(flags & HAS_ARRIVAL ? { arrival: readArrival(reader) } : {}),
    ...(flags & HAS_DEVICE ? { device: pick(DEVICE_CLASSES, n.u8(), "device") } : {}),
    ...(flags & HAS_COUNTRY ? { country: reader.text() } : {}),
    ...(flags & HAS_CITY ? { city: reader.text() } : {}),
    ...(flags & HAS_OFFSET ? { utcOffsetMinutes: (n.u16() << 16) >> 16 } : {}),
  };
}

function writeArrival(writer: StateWriter, { referrer, landing, campaign }: Arrival): void {
  writer.n.u8(REFERRER_CLASSES.indexOf(referrer)).u8(campaign === null ? 0 : 1);
  writer.text(landing);
  if (campaign !== null) writer.text(campaign.source).text(campaign.medium).text(campaign.name);
}

function readArrival(reader: StateReader): Arrival {
  const referrer = pick(REFERRER_CLASSES, reader.n.u8(), "referrer");
  const hasCampaign = reader.n.u8() === 1;
  const landing = reader.text();
  const campaign = hasCampaign ? { source: reader.text(), medium: reader.text(), name: reader.text() } : null;
  return { referrer, landing, campaign };
}
