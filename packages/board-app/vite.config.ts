import react from "@vitejs/plugin-react";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

/** tldraw's licence asks that its text ships with what is built on it. */
function tldrawLicence(): Plugin {
  return {
    name: "tldraw-licence",
    apply: "build",
    async generateBundle() {
      const source = await readFile(new URL("../../LICENSE-tldraw.md", import.meta.url));
      this.emitFile({ type: "asset", fileName: "LICENSE-tldraw.md", source });
    },
  };
}

const compressible = /\.(?:js|css|html|json|svg)$/;
/** Below this a compressed file saves no packet. */
const minCompressedBytes = 1_400;

/** Puts a `.br` and a `.gz` beside each text file, which the server sends instead where it may. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      if (dir === undefined) return;
      for (const fileName of Object.keys(bundle)) {
        if (!compressible.test(fileName)) continue;
        const path = join(dir, fileName);
        const content = await readFile(path);
        if (content.length < minCompressedBytes) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
        await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params }));
        await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tldrawLicence(), compressed()],
  // A second copy of any of these breaks `instanceof` checks, hooks or shared documents.
  resolve: { dedupe: ["react", "react-dom", "tldraw", "yjs", "y-protocols", "lib0"] },
  build: {
    target: ["chrome111", "edge111", "firefox114", "safari16.4"],
    sourcemap: false,
    // tldraw's fonts, icons and translations are files that load when needed, never text in a script.
    assetsInlineLimit: 0,
    // tldraw is one large chunk by nature; only a board loads it.
    chunkSizeWarningLimit: 2_500,
  },
});
