// Page views: the load, each new address of a single-page app, and a page that comes back from the back/forward cache. And how
// long a page was looked at: `user_engagement` when it is left or hidden, with the milliseconds since it was told last.
import type { Track } from "./api.ts";
import { guard } from "./guard.ts";

/** Where the visitor is and came from, within a single-page app too. */
export interface Whereabouts {
  url: string;
  referrer: string;
}

/**
 * @param here kept up to date
 * @param isRecorded whether the page view of this load was recorded already, by the middleware
 * @param arrived a page begins, or the address has changed
 * @param left the page is hidden or goes away: the last chance to send
 */
export function watchPages(
  here: Whereabouts,
  track: Track,
  isRecorded: boolean,
  arrived: () => void,
  left: () => void,
): void {
  /** Epoch ms; 0 while nobody looks. */
  let visibleSince = 0;

  const look = (): void => {
    if (!document.hidden) visibleSince ||= Date.now();
  };
  const engaged = (): void => {
    if (visibleSince) track("user_engagement", { properties: { engagement_time_msec: Date.now() - visibleSince } });
    visibleSince = 0;
  };
  const view = (): void => {
    look();
    track("page_view");
    arrived();
  };
  const leave = guard(() => {
    engaged();
    left();
  });

  const moved = guard(() => {
    const { href } = location;
    // A new fragment is the same page.
    if (href.split("#")[0] === here.url.split("#")[0]) return;
    engaged();
    here.referrer = here.url;
    here.url = href;
    view();
  });
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (...args) {
      original.apply(this, args);
      moved();
    };
  }
  addEventListener("popstate", moved);
  addEventListener("visibilitychange", () => (document.hidden ? leave() : look()));
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) view();
  });

  const begin = (): void => {
    look();
    if (isRecorded) arrived();
    else view();
  };
  // A page that is loaded ahead of its visit is not viewed yet.
  if ((document as { prerendering?: boolean }).prerendering) document.addEventListener("prerenderingchange", begin);
  else begin();
}
