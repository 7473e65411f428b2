import { defineConfig } from "vitest/config";
import { compressedAssets } from "./compressed-assets-plugin.ts";
import { modelRuntime } from "./model-runtime-plugin.ts";

const gateway = "http://127.0.0.1:8700";

const DOM_TESTS = "tests/**/*.dom.test.ts";

export default defineConfig({
  plugins: [modelRuntime(), compressedAssets()],
  // Relative addresses: the server knows below which path it serves the page (OTTIT_BASE_PATH).
  base: "./",
  worker: { format: "es" },
  // The content security policy allows no inline assets: each is a file with a hash in its name.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/v1": gateway } },
  // Setting up a DOM takes ten times as long as the tests, so only `*.dom.test.ts` gets one.
  test: {
    projects: [
      {
        extends: true,
        test: { name: "node", environment: "node", include: ["tests/**/*.test.ts"], exclude: [DOM_TESTS] },
      },
      { extends: true, test: { name: "dom", environment: "happy-dom", include: [DOM_TESTS] } },
    ],
  },
});
