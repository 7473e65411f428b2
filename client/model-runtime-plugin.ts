import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const NAME = "virtual:model-runtime";
const FILE = "onnxruntime-web/ort-wasm-simd-threaded.wasm";
const UNPACKED = /ort-wasm-simd-threaded.*\.wasm$/;

/**
 * Emits the WebAssembly file of the model's runtime compressed (3.7 MB instead of 14), and exports its path, digest and
 * size as `virtual:model-runtime`. The page decompresses it, so no server needs to be configured for it.
 */
export function modelRuntime(): Plugin {
  let building = false;
  const read = () => gzipSync(readFileSync(createRequire(import.meta.url).resolve(FILE)), { level: 9 });
  return {
    name: "model-runtime",
    configResolved(config) {
      building = config.command === "build";
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const source = read();
      const path = building
        ? `import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: "asset", name: "runtime.wasm.gz", source })}`
        : JSON.stringify("/model-runtime.wasm.gz");
      const sha256 = createHash("sha256").update(source).digest("hex");
      return `export const path = ${path}; export const sha256 = "${sha256}"; export const bytes = ${source.length};`;
    },
    generateBundle: {
      order: "post",
      // Drops the uncompressed file that the runtime refers to: the page passes it the bytes instead.
      handler(_, bundle) {
        for (const name of Object.keys(bundle)) if (UNPACKED.test(name)) delete bundle[name];
      },
    },
    configureServer(server) {
      server.middlewares.use("/model-runtime.wasm.gz", (_, response) => response.end(read()));
    },
  };
}
