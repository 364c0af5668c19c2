// Prices as the shop writes them; the templates' {{money}} gives the same for a page in English.
const format = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });

export function money(eur: number): string {
  return format.format(eur);
}
