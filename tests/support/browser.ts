// Chromium for tests of pages, driven by playwright-core. Without a Chromium these tests are skipped, and the report says so;
// where CI is set they fail instead.
import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe } from "vitest";

/** The environment's choice first, then where distributions put it. */
const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Works in a container, and asks nobody on the network for anything of its own. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** Screenshots of the pages, kept after the tests and ignored by git. */
export const SCREENSHOTS = join(import.meta.dirname, "../../.artefacts/screenshots");

export function findChromium(): string | null {
  for (const place of PLACES) {
    if (place === undefined || place === "") continue;
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // Not here.
    }
  }
  return null;
}

const executable = findChromium();
const isMissing = executable === null && (process.env.CI ?? "") === "";

/** `describe` for what needs a browser. */
export const describeInBrowser: typeof describe.skip = describe.skipIf(isMissing);

/** @throws Error when there is no Chromium */
export function launchChromium(): Promise<Browser> {
  if (executable === null) throw new Error("no Chromium found: install it, or name it in the variable CHROMIUM");
  // playwright turns the back/forward cache off; visitors have it.
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  return chromium.launch({ executablePath: executable, args: ARGUMENTS, ignoreDefaultArgs });
}

export interface BrowserInUse {
  /** A page of a visitor of its own: fresh cookies, fresh storage. All are closed after the test. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** A visitor who may open several pages. */
  newVisitor(options?: BrowserContextOptions): Promise<BrowserContext>;
}

/** Starts Chromium before the tests of the calling `describeInBrowser` and ends it after them. */
export function useBrowser(): BrowserInUse {
  let browser: Browser | undefined;
  let visitors: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(async () => {
    await Promise.all(visitors.map((visitor) => visitor.close()));
    visitors = [];
  });
  afterAll(() => browser?.close());
  const newVisitor = async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
    if (browser === undefined) throw new Error("Chromium has not been started yet");
    // Without a window Chromium names itself a robot, and robots get plain pages.
    const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;
    const visitor = await browser.newContext({ userAgent, ...options });
    visitors.push(visitor);
    return visitor;
  };
  return { newVisitor, newPage: async (options) => (await newVisitor(options)).newPage() };
}

/** Keeps a picture of the page as it is now. @returns its path */
export async function screenshot(page: Page, name: string): Promise<string> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = join(SCREENSHOTS, `${name}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}
