import react from "@vitejs/plugin-react";
import { readFile } from "node:fs/promises";
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

export default defineConfig({
  plugins: [react(), tldrawLicence()],
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
