// That tests of pages have a browser: it opens a page of a site, runs its script, and keeps a picture of it.
import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { useStaticSite } from "../support/static-site.ts";

describeInBrowser("Chromium", () => {
  const browser = useBrowser();
  const site = useStaticSite({
    "/": `<!doctype html><title>before</title><h1>A page</h1><script>document.title = "after"</script>`,
  });

  test("shows a page, runs its script and draws it", async () => {
    const page = await browser.newPage();
    await page.goto(site.url);
    expect(await page.title()).toBe("after");
    expect(await page.evaluate(() => document.querySelector("h1")?.textContent)).toBe("A page");
    expect(statSync(await screenshot(page, "browser")).size).toBeGreaterThan(1000);
  });

  test("keeps one visitor's storage from the next", async () => {
    for (let visitor = 0; visitor < 2; visitor++) {
      const page = await browser.newPage();
      await page.goto(site.url);
      expect(await page.evaluate(() => localStorage.getItem("seen"))).toBe(null);
      await page.evaluate(() => localStorage.setItem("seen", "yes"));
    }
  });
});
