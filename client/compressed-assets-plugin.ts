import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|svg|json|webmanifest)$/;
/** Below this, a compressed file saves less than a packet. */
const MIN_BYTES = 1400;

/** Adds each script and style sheet as `.br` and `.gz` too: the gateway sends what the browser accepts. */
export function compressedAssets(): Plugin {
  return {
    name: "compressed-assets",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          const source = file.type === "chunk" ? file.code : file.source;
          const content = Buffer.from(source);
          if (!TEXT.test(fileName) || content.length < MIN_BYTES) continue;
          const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
          this.emitFile({
            type: "asset",
            fileName: `${fileName}.br`,
            source: brotliCompressSync(content, { params: quality }),
          });
          this.emitFile({
            type: "asset",
            fileName: `${fileName}.gz`,
            source: gzipSync(content, { level: 9 }),
          });
        }
      },
    },
  };
}
