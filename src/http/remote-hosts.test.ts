import { expect, test } from "vitest";
import { allowedRemote, readHosts } from "./remote-hosts.ts";

const HOSTS = readHosts(" Shop.example, id.example:8443\nblog.example ");
const allowed = (url: string, isLocal = false) => allowedRemote(url, HOSTS, isLocal) !== null;

test.each([
  "https://shop.example",
  "https://SHOP.example/x?y#z",
  "https://shop.example:443/",
  "https://id.example:8443/keys",
])("%s may be asked", (url) => {
  expect(allowed(url)).toBe(true);
  expect(allowed(url, true)).toBe(true);
});

test.each([
  "http://shop.example",
  "https://shop.example:8443",
  "https://id.example",
  "https://evil.example",
  "https://shop.example.evil.example",
  "https://evil.example#shop.example",
  "https://shop.example@evil.example",
  "https://user:password@shop.example",
  "https://sub.shop.example",
  "ftp://shop.example",
  "file:///etc/passwd",
  "https://169.254.169.254/",
  "//shop.example",
  "shop.example",
  "",
])("%s may not, in local development either", (url) => {
  expect(allowed(url)).toBe(false);
  expect(allowed(url, true)).toBe(false);
});

test.each(["http://localhost:4321", "http://127.0.0.1:4321/x", "https://localhost", "http://[::1]:80"])(
  "%s may be asked in local development alone",
  (url) => {
    expect(allowed(url)).toBe(false);
    expect(allowed(url, true)).toBe(true);
  },
);

test("no host is allowed by an empty list", () => {
  expect(allowedRemote("https:///", readHosts(""), false)).toBeNull();
  expect(readHosts("").size).toBe(0);
});
