import { defineConfig } from "astro/config";

// Pages are built once, for everybody; src/worker.ts makes them each visitor's own on the way.
export default defineConfig({ output: "static" });
