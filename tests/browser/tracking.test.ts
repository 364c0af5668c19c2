// The browser's script on a page of another origin, against all of Nowcast: what it sends, when, and that it arrives once.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Nowcast } from "../../src/client/api.ts";
import { describeInBrowser, useBrowser } from "../support/browser.ts";
import { pageWith, scriptTag } from "../support/client-page.ts";
import { eventually } from "../support/eventually.ts";
import { useStaticSite } from "../support/static-site.ts";
import { useSystem } from "../support/system.ts";
import { readToken } from "../support/tokens.ts";
import { useWire } from "../support/wire.ts";

const SOON_MS = 15_000;

type Loaded = Window & { nowcast: Nowcast };

describeInBrowser("tracking", () => {
  const nowcast = useSystem();
  const wire = useWire(nowcast);
  const browser = useBrowser();
  const site = useStaticSite();
  beforeAll(() => {
    const page = pageWith(scriptTag(wire.url));
    for (const path of ["/", "/next"]) site.pages.set(path, page);
    site.pages.set("/recorded", pageWith(scriptTag(wire.url, 'data-page-view="pv-1"')));
    const early = `<script>(window.nowcast = window.nowcast || []).push(["track", "early", { value: 1 }],
      (nowcast) => nowcast.identify("ann"), ["track", "later"], ["nonsense"], () => { throw new Error("of the page") })</script>`;
    site.pages.set("/early", pageWith(`${early}${scriptTag(wire.url)}`));
  });

  /** Opens a page whose script has loaded and whose first page view has been answered. */
  const open = async (path = "/"): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(site.url + path);
    await arrived("page_view");
    return page;
  };
  const arrived = (type: string, times = 1) =>
    eventually(async () => {
      const taken = wire.calls.filter(({ status, body }) => status === 202 && body.includes(`"type":"${type}"`));
      return taken.length >= times ? taken : null;
    }, SOON_MS);
  const track = (page: Page, ...types: string[]) =>
    page.evaluate((names) => {
      for (const name of names) (window as unknown as Loaded).nowcast.track(name);
    }, types);
  const stored = (page: Page, key: string) => page.evaluate((name) => localStorage.getItem(name), key);
  const visitorOf = async (page: Page) => (await readToken((await stored(page, "nowcast.visitor")) ?? "")).visitor;

  test("page views and the time on a page arrive, of one visitor, without a preflight", async () => {
    const page = await open("/?utm_source=mail");
    const first = await visitorOf(page);
    await page.goto(`${site.url}/next`);
    await arrived("page_view", 2);

    expect(wire.events().map(({ type }) => type)).toEqual(["page_view", "user_engagement", "page_view"]);
    expect(wire.events("page_view")).toMatchObject([
      { context: { url: `${site.url}/?utm_source=mail`, referrer: "" } },
      { context: { url: `${site.url}/next` } },
    ]);
    const [left] = wire.events("user_engagement");
    expect(left?.context.url).toBe(`${site.url}/?utm_source=mail`);
    expect(left?.properties?.engagement_time_msec).toBeGreaterThan(0);
    expect(await visitorOf(page)).toEqual(first);
    expect(new Set(wire.calls.map(({ call }) => call))).toEqual(new Set(["POST /v1/events"]));
    const profile = await nowcast.request(`/v1/users/${first.id}/profile?kind=anonymous`);
    expect(await profile.json()).toMatchObject({ profile: { seq: 3, session: { pageViews: 2 } } });
  });

  test("what is tracked within a second goes out together", async () => {
    const page = await open();
    await track(page, "one", "two", "three");
    const [call] = await arrived("one");
    expect(call?.body).toContain('"type":"three"');
    expect(wire.calls).toHaveLength(2);
  });

  test("what the server did not take is sent again under the same ids, and counts once", async () => {
    const page = await open();
    const answers = [503, 429, "cut"] as const;
    let at = 0;
    wire.instead = () => answers[at++] ?? null;
    await track(page, "stubborn");
    await arrived("stubborn");

    expect(wire.calls.slice(-4).map(({ status }) => status)).toEqual([503, 429, 0, 202]);
    expect(new Set(wire.events("stubborn").map(({ id }) => id)).size).toBe(1);
    expect(wire.calls.at(-1)?.answer).toContain('"accepted":1');
    expect(await stored(page, "nowcast.events")).toBe(null);
  });

  test("what was refused for good is not sent again", async () => {
    const page = await open();
    await page.evaluate(() => (window as unknown as Loaded).nowcast.track("not a name"));
    await track(page, "good");
    await arrived("good");
    await track(page, "next");
    await arrived("next");
    expect(wire.events("not a name")).toHaveLength(1);
  });

  test("without a network events are kept, and sent when it is back", async () => {
    const page = await open();
    await page.context().setOffline(true);
    await track(page, "in_a_tunnel");
    await eventually(
      async () => ((await stored(page, "nowcast.events"))?.includes("in_a_tunnel") ? true : null),
      SOON_MS,
    );
    expect(wire.events("in_a_tunnel")).toEqual([]);

    await page.context().setOffline(false);
    await arrived("in_a_tunnel");
    await eventually(async () => ((await stored(page, "nowcast.events")) === null ? true : null), SOON_MS);
  });

  test("what a page could not send the next page sends", async () => {
    const page = await open();
    wire.instead = () => "cut";
    await track(page, "left_behind");
    await eventually(async () => (wire.events("left_behind").length > 0 ? true : null), SOON_MS);
    await page.goto(`${site.url}/404`);
    wire.instead = () => null;
    await page.goto(`${site.url}/next`);
    await arrived("left_behind");
    expect(new Set(wire.events("left_behind").map(({ id }) => id)).size).toBe(1);
  });

  test("a single-page app's new addresses are page views, its fragments are not", async () => {
    const page = await open();
    await page.evaluate(() => {
      history.pushState({}, "", "/lamps");
      history.replaceState({}, "", "/lamps");
      history.pushState({}, "", "/lamps#reviews");
      history.pushState({}, "", "/lamps?page=2");
    });
    await arrived("page_view", 2);
    await page.goBack();
    await page.goBack();
    await arrived("page_view", 3);
    const seen = wire.events("page_view").map(({ context }) => [context.url, context.referrer]);
    expect(seen).toEqual([
      [`${site.url}/`, ""],
      [`${site.url}/lamps`, `${site.url}/`],
      [`${site.url}/lamps?page=2`, `${site.url}/lamps`],
      [`${site.url}/lamps#reviews`, `${site.url}/lamps?page=2`],
    ]);
  });

  test("a page that comes back from the back/forward cache is viewed again", async () => {
    const page = await open();
    await page.evaluate(() => Object.assign(window, { sameAsBefore: true }));
    await page.goto(`${site.url}/next`);
    await arrived("page_view", 2);
    // Nothing is loaded: there is no load to wait for.
    await page.goBack({ waitUntil: "commit" });
    await arrived("page_view", 3);
    expect(await page.evaluate(() => "sameAsBefore" in window)).toBe(true);
    expect(wire.events("page_view").at(-1)?.context.url).toBe(`${site.url}/`);
  });

  test("a page view that the middleware has recorded is not recorded again", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}/recorded`);
    await page.waitForFunction(() => "track" in ((window as unknown as Loaded).nowcast ?? {}));
    await track(page, "after");
    await arrived("after");
    expect(wire.events("page_view")).toEqual([]);
  });

  test("calls that were made before the script had loaded are made in their order", async () => {
    const page = await browser.newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.goto(`${site.url}/early`);
    await arrived("later");
    expect(wire.events("early")).toMatchObject([{ value: 1 }]);
    expect(wire.events("early")[0]).not.toHaveProperty("userId");
    expect(wire.events("later")).toMatchObject([{ userId: "ann" }]);
    expect(errors).toEqual([]);
  });

  test("nothing of the script's own trouble reaches the page", async () => {
    const page = await browser.newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.addInitScript(() => {
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new Error("storage is off");
        },
      });
    });
    await page.goto(site.url);
    await arrived("page_view");
    await page.evaluate(() => {
      const { nowcast } = window as unknown as Loaded;
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      nowcast.track("circle", { properties: circle });
      nowcast.track("big", { value: 1n as unknown as number });
      nowcast.track(Symbol("odd") as unknown as string);
      nowcast.push(null as never);
    });
    await track(page, "sound");
    await arrived("sound");
    expect(errors).toEqual([]);
    expect(nowcast.loggedErrors()).toEqual([]);
  });
});
