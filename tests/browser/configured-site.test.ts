// What the site's configuration does to pages, in a browser: a variant from the first paint on, without a script and under a strict
// policy; place and device; another page behind the same address; a path that asks who one is.
import { SignJWT } from "jose";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { assignVariant } from "../../src/experiments/assign.ts";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { HTML, useSite } from "../support/site.ts";
import { configure } from "../support/site-config.ts";
import { jwtSecret, tokenFor } from "../support/tokens.ts";

const SPLIT = { variants: { control: 1, b: 1 } };
const POLICY = "default-src 'self'; style-src 'nonce-c29tZQ'; script-src 'self' 'nonce-c29tZQ'";
const STYLE =
  "body{font:18px/1.5 sans-serif;max-width:40rem;margin:2rem auto}nav{display:flex;gap:1rem}h1{color:#333}.note{background:#fd6}";

const pageOf = (
  title: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style nonce="c29tZQ">${STYLE}</style></head><body><nav><a href="/">Home</a><a href="/pricing">Pricing</a></nav>
<h1>${title}</h1><p id="geo">We deliver everywhere.</p><main>Lamps for every room.</main></body></html>`;

const idOf = (variant: string): string => {
  for (let n = 0; ; n++) if (assignVariant("headline", `v${n}`, SPLIT) === variant) return `v${n}`;
};

describeInBrowser("a configured site", () => {
  const site = useSite();
  const browser = useBrowser();

  beforeAll(async () => {
    site.on("*", (request, response) =>
      response
        .writeHead(200, { ...HTML, "content-security-policy": POLICY })
        .end(pageOf(`Shop ${(request.url ?? "").split("?", 1)[0]}`)),
    );
    await configure(site, {
      audiences: { austrian: { country: ["AT"] }, phones: { device: ["mobile"] } },
      experiments: { headline: SPLIT },
      edits: [
        {
          pages: ["/"],
          experiment: "headline",
          variant: "b",
          changes: [
            { action: "text", selector: "h1", text: "Light for every room" },
            { action: "prepend", selector: "main", html: '<p class="note">New: lamps made of oak</p>' },
          ],
          css: "h1{color:rgb(0, 128, 128)}",
        },
        {
          pages: ["/"],
          audience: "austrian",
          changes: [{ action: "text", selector: "#geo", text: "Servus, Österreich!" }],
        },
        { pages: ["/"], audience: "phones", changes: [{ action: "hide", selector: "nav" }] },
      ],
      routes: [{ path: "/pricing", experiment: "headline", variant: "b", rewrite: "/pricing-b" }],
      identity: { jwt: { sharedSecret: true, algorithms: ["HS256"], cookie: "session" } },
      gates: { "/account/*": { login: "/login?next={url}" } },
    });
  });

  /** A page of a visitor of that variant. */
  async function pageFor(variant: string, options: Parameters<typeof browser.newVisitor>[0] = {}): Promise<Page> {
    const visitor = await browser.newVisitor(options);
    await visitor.addCookies([{ name: "nowcast_visitor", value: await tokenFor(idOf(variant)), url: site.url }]);
    return visitor.newPage();
  }
  const colour = (page: Page) => page.$eval("h1", (element) => getComputedStyle(element).color);

  test("shows a variant without a script and under a strict policy, and moves nothing", async () => {
    const page = await pageFor("b", { javaScriptEnabled: false });
    await page.goto(site.url);
    expect(await page.textContent("h1")).toBe("Light for every room");
    expect(await page.textContent("main .note")).toBe("New: lamps made of oak");
    await screenshot(page, "configured-variant");

    const observed = await pageFor("b");
    const refused: string[] = [];
    observed.on(
      "console",
      (message) => message.text().includes("Content Security Policy") && refused.push(message.text()),
    );
    await observed.goto(site.url);
    expect(await colour(observed)).toBe("rgb(0, 128, 128)");
    const shift = await observed.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 500);
        }),
    );
    expect([shift, refused]).toEqual([0, []]);

    const control = await pageFor("control");
    await control.goto(site.url);
    expect(await control.textContent("h1")).toBe("Shop /");
    expect(await colour(control)).toBe("rgb(51, 51, 51)");
  });

  test("speaks to a country and to phones", async () => {
    const there = await pageFor("control", { extraHTTPHeaders: { "x-nowcast-country": "AT" } });
    await there.goto(site.url);
    expect(await there.textContent("#geo")).toBe("Servus, Österreich!");
    const phone = await pageFor("control", {
      userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
      viewport: { width: 390, height: 700 },
    });
    await phone.goto(site.url);
    expect(await phone.isVisible("nav")).toBe(false);
    await screenshot(phone, "configured-phone");
  });

  test("has another page behind the same address for a variant", async () => {
    for (const [variant, title] of [
      ["b", "Shop /pricing-b"],
      ["control", "Shop /pricing"],
    ] as const) {
      const page = await pageFor(variant);
      await page.goto(site.url);
      await page.click("text=Pricing");
      await page.waitForURL("**/pricing");
      expect(await page.textContent("h1")).toBe(title);
    }
  });

  test("asks who one is, and lets in whom the site names", async () => {
    const page = await pageFor("control");
    await page.goto(`${site.url}/account/orders?page=2`);
    expect(new URL(page.url()).pathname).toBe("/login");
    expect(new URL(page.url()).searchParams.get("next")).toBe("/account/orders?page=2");
    const claims = new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("5 minutes");
    await page.context().addCookies([{ name: "session", value: await claims.sign(jwtSecret()), url: site.url }]);
    await page.goto(`${site.url}/account/orders?page=2`);
    expect(await page.textContent("h1")).toBe("Shop /account/orders");
  });
});
