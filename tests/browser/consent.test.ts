// Consent in a real browser: before the choice nothing is sent and nothing is stored; a refusal leaves nothing behind; the
// signals of browsers and of consent platforms count.
import type { BrowserContextOptions, Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Consent, Nowcast } from "../../src/client/api.ts";
import { describeInBrowser, useBrowser } from "../support/browser.ts";
import { pageWith, scriptTag } from "../support/client-page.ts";
import { eventually } from "../support/eventually.ts";
import { useStaticSite } from "../support/static-site.ts";
import { useSystem } from "../support/system.ts";
import { readToken } from "../support/tokens.ts";
import { useWire } from "../support/wire.ts";

const SOON_MS = 15_000;
/** Longer than anything waits that is sent of itself. */
const QUIET_MS = 2500;
const YES = { analytics: true, personalization: true };
const NO = { analytics: false, personalization: false };
const SLOT = '<section data-nowcast="home">old<template><a href="{{url}}">{{title}}</a></template></section>';
const GTAG = "<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }";

type Loaded = Window & { nowcast: Nowcast; dataLayer: unknown[]; gtag(...call: unknown[]): void };

describeInBrowser("consent", () => {
  const nowcast = useSystem();
  const wire = useWire(nowcast);
  const browser = useBrowser();
  const site = useStaticSite();

  beforeAll(() => {
    const asked = scriptTag(wire.url, 'data-consent="required"');
    const adapter = scriptTag(wire.url, "", "nowcast-consent.js");
    const denied =
      "gtag('consent', 'default', { analytics_storage: 'denied', personalization_storage: 'denied' });</script>";
    site.pages.set("/", pageWith(scriptTag(wire.url), SLOT));
    site.pages.set("/asked", pageWith(asked, SLOT));
    site.pages.set("/mode", pageWith(GTAG + denied + adapter + asked));
    const tcf = `<script>window.tellTcf = null; window.__tcfapi = (command, version, call) => {
      if (command !== "addEventListener" || version !== 2) return;
      window.tellTcf = (data) => call({ gdprApplies: true, listenerId: 1, ...data }, true);
      window.tellTcf({ eventStatus: "cmpuishown" });
    };</script>`;
    site.pages.set("/tcf", pageWith(tcf + adapter + asked));
  });

  const open = async (path: string, options?: BrowserContextOptions): Promise<Page> => {
    const page = await browser.newPage(options);
    await page.goto(site.url + path);
    await page.waitForFunction(() => "track" in ((window as unknown as Partial<Loaded>).nowcast ?? {}));
    return page;
  };
  const choose = (page: Page, choice: Consent) =>
    page.evaluate((given) => (window as unknown as Loaded).nowcast.consent(given), choice);
  const storedBy = (page: Page) =>
    page.evaluate(() => {
      const kept: Record<string, unknown> = { ...localStorage, ...sessionStorage };
      return { ...kept, cookie: document.cookie };
    });
  const arrived = (type: string) =>
    eventually(
      async () => (wire.events(type).length > 0 && wire.calls.at(-1)?.status ? wire.events(type) : null),
      SOON_MS,
    );
  const tokenIn = (page: Page) =>
    eventually(async () => (await page.evaluate(() => localStorage["nowcast.visitor"] as string)) ?? null, SOON_MS);
  const choiceIn = (page: Page, choice: string) =>
    eventually(
      async () => ((await storedBy(page)).cookie.includes(`nowcast_consent=${choice}`) ? true : null),
      SOON_MS,
    );
  /** Without preflights, which browsers remember or not. */
  const callsMade = () => wire.calls.map(({ call }) => call).filter((call) => !call.startsWith("OPTIONS"));
  /** @returns what was sent and stored after everything had the time to be */
  const after = async (page: Page) => {
    await page.evaluate(() => {
      const { nowcast } = window as unknown as Loaded;
      nowcast.track("quiet");
      void nowcast.flush();
    });
    await page.waitForTimeout(QUIET_MS);
    return { calls: callsMade(), stored: await storedBy(page) };
  };

  test("where the site asks, nothing is sent and nothing stored before the choice, not on leaving either", async () => {
    const page = await open("/asked");
    expect(await after(page)).toEqual({ calls: [], stored: { cookie: "" } });
    await page.reload();
    expect(await after(page)).toEqual({ calls: [], stored: { cookie: "" } });
    expect(await page.context().cookies()).toEqual([]);
  });

  test("what happened before the choice is told once it allows, and says so", async () => {
    const page = await open("/asked");
    await page.evaluate(() => (window as unknown as Loaded).nowcast.track("before"));
    await choose(page, YES);
    expect(await arrived("before")).toMatchObject([{ context: { consent: YES } }]);
    expect(wire.events("page_view")).toHaveLength(1);
    await eventually(async () => (wire.calls.some(({ call }) => call === "POST /v1/decide") ? true : null), SOON_MS);
    expect((await storedBy(page)).cookie).toBe("nowcast_consent=11");
    expect((await readToken(await tokenIn(page))).visitor.kind).toBe("a");
  });

  test("a refusal is kept, and is all that is", async () => {
    const page = await open("/asked");
    await choose(page, NO);
    const { calls, stored } = await after(page);
    expect([calls, stored]).toEqual([["POST /v1/consent"], { cookie: "nowcast_consent=00" }]);
    await page.reload();
    expect((await after(page)).calls).toHaveLength(1);
  });

  test("a visitor who takes consent back is forgotten, here and there", async () => {
    const page = await open("/");
    await page.evaluate(() => (window as unknown as Loaded).nowcast.flush());
    const { visitor } = await readToken(await tokenIn(page));
    const profile = () => nowcast.request(`/v1/users/${visitor.id}/profile?kind=anonymous`);
    await eventually(async () => ((await profile()).status === 200 ? true : null), SOON_MS);

    await choose(page, NO);
    expect((await profile()).status).toBe(404);
    wire.calls.length = 0;
    expect(await after(page)).toEqual({ calls: [], stored: { cookie: "nowcast_consent=00" } });
    expect((await profile()).status).toBe(404);
  });

  test("a refusal that did not get through holds at once, and is told again by the next page", async () => {
    const page = await open("/");
    await page.evaluate(() => (window as unknown as Loaded).nowcast.flush());
    const { visitor } = await readToken(await tokenIn(page));
    wire.instead = ({ call }) => (call === "POST /v1/consent" ? 503 : null);
    expect(await choose(page, NO).catch(() => "was told so")).toBe("was told so");
    wire.calls.length = 0;
    expect((await after(page)).calls).toEqual([]);

    wire.instead = () => null;
    await page.reload();
    await eventually(async () => ("nowcast.visitor" in (await storedBy(page)) ? null : true), SOON_MS);
    expect((await nowcast.request(`/v1/users/${visitor.id}/profile?kind=anonymous`)).status).toBe(404);
    expect(callsMade()).toEqual(["POST /v1/consent"]);
  });

  test("statistics without a profile: events go out, no id stays", async () => {
    const page = await open("/asked");
    await choose(page, { analytics: true, personalization: false });
    const { stored } = await after(page);
    expect(stored).toEqual({ cookie: "nowcast_consent=10" });
    expect(wire.events("quiet")).toMatchObject([{ context: { consent: { analytics: true, personalization: false } } }]);
    expect(wire.calls.filter(({ body }) => body.includes("visitorToken"))).toEqual([]);
  });

  const gpc = async (path: string): Promise<Page> => {
    const page = await browser.newPage({ extraHTTPHeaders: { "sec-gpc": "1" } });
    await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
    await page.goto(site.url + path);
    await page.waitForFunction(() => "track" in ((window as unknown as Partial<Loaded>).nowcast ?? {}));
    return page;
  };

  test("Global Privacy Control is a refusal, until the visitor chooses here", async () => {
    const page = await gpc("/");
    expect(await after(page)).toEqual({ calls: [], stored: { cookie: "" } });
    await choose(page, YES);
    await page.evaluate(() => (window as unknown as Loaded).nowcast.track("chosen"));
    await arrived("chosen");
    expect(wire.calls.findLast(({ call }) => call === "POST /v1/events")?.answer).toContain('"accepted":1');
  });

  test("under a refusal a decision is contextual: it has no profile and mints nobody", async () => {
    const page = await gpc("/");
    const decided = await page.evaluate(() =>
      (window as unknown as Loaded).nowcast.decide({ placements: { home: { type: "recommend" } } }),
    );
    expect(decided).not.toHaveProperty("profile");
    expect(decided.placements).toHaveProperty("home");
    expect(await storedBy(page)).toEqual({ cookie: "" });
  });

  test("Consent Mode: denied by default is no choice, an update is one, and is told once", async () => {
    const page = await open("/mode");
    expect(await after(page)).toEqual({ calls: [], stored: { cookie: "" } });
    await page.evaluate(() =>
      (window as unknown as Loaded).gtag("consent", "update", { analytics_storage: "granted" }),
    );
    await choiceIn(page, "10");
    await page.evaluate(() =>
      (window as unknown as Loaded).gtag("consent", "update", { personalization_storage: "granted" }),
    );
    await choiceIn(page, "11");
    await arrived("page_view");

    wire.calls.length = 0;
    await page.evaluate(() =>
      (window as unknown as Loaded).gtag("consent", "update", { analytics_storage: "granted" }),
    );
    await page.waitForTimeout(500);
    expect(wire.calls.filter(({ call }) => call === "POST /v1/consent")).toEqual([]);
  });

  test("TCF: purposes are a choice once the visitor has made it", async () => {
    const page = await open("/tcf");
    expect((await after(page)).calls).toEqual([]);
    const tell = (consents: object) =>
      page.evaluate(
        (given) =>
          (window as unknown as { tellTcf(data: object): void }).tellTcf({
            eventStatus: "useractioncomplete",
            purpose: { consents: given },
          }),
        consents,
      );
    await tell({ 1: true, 5: true, 6: true });
    await choiceIn(page, "01");
    await tell({ 1: true, 8: true });
    await choiceIn(page, "10");
    await tell({});
    await choiceIn(page, "00");
  });
});
