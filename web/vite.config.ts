// How the browser's part becomes one script and one style sheet with hashed names, a manifest, and compressed
// copies beside them. The server's build script runs this; `npm run build` does the same into dist/.
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** Below this, a compressed copy saves nothing worth a second file. */
const COMPRESS_FROM_BYTES = 512;

/** Writes `NAME.br` and `NAME.gz` beside each text asset, so the server compresses nothing at run time. */
function precompressed(): Plugin {
  return {
    name: "waybill-precompressed",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const [name, output] of Object.entries(bundle)) {
          if (!/\.(js|css|svg)$/.test(name)) continue;
          const content = Buffer.from(output.type === "chunk" ? output.code : output.source);
          if (content.length < COMPRESS_FROM_BYTES) continue;
          const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
          this.emitFile({ type: "asset", fileName: `${name}.br`, source: brotli });
          this.emitFile({ type: "asset", fileName: `${name}.gz`, source: gzipSync(content, { level: 9 }) });
        }
      },
    },
  };
}

export default defineConfig({
  base: "/assets/",
  build: {
    target: ["chrome111", "edge111", "firefox115", "safari16.4"],
    // The styles stand on light-dark(); older targets would have it rewritten into something that follows no theme switch.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    assetsDir: "",
    // A strict content security policy forbids data: URLs.
    assetsInlineLimit: 0,
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: { input: { app: "src/main.ts", style: "src/styles/index.css" } },
  },
  plugins: [precompressed()],
});
