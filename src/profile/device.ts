// The device class by the user agent: what a layout or a habit depends on, and no more.
import type { DeviceClass } from "./profile.ts";

/** @param userAgent "" when there is none */
export function deviceClassOf(userAgent: string): DeviceClass {
  if (userAgent === "") return "unknown";
  if (/smart-?tv|appletv|googletv|hbbtv|tizen.+tv|web0s|roku|crkey|aft[a-z]{1,2}\b/i.test(userAgent)) return "tv";
  // Android without "Mobile" is a tablet; an iPad that asks for desktop pages says that it is a Macintosh.
  if (/ipad|tablet|kindle|silk(?!.*mobile)|playbook|android(?!.*mobile)/i.test(userAgent)) return "tablet";
  if (/mobi|iphone|ipod|android|blackberry|opera mini|windows phone/i.test(userAgent)) return "mobile";
  if (/windows nt|macintosh|x11|cros|linux/i.test(userAgent)) return "desktop";
  return "other";
}
