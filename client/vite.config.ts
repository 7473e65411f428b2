import { defineConfig } from "vitest/config";
import { modelRuntime } from "./build-runtime.ts";

const gateway = "http://127.0.0.1:8700";

export default defineConfig({
  plugins: [modelRuntime()],
  worker: { format: "es" },
  // The policy of the page allows no inline anything: every asset is a file with a hash in its name.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/v1": gateway } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"] },
});
