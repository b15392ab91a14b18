import react from "@vitejs/plugin-react";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

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

/**
 * The service worker: the page opens without the network. Scripts and styles are there from the
 * first visit on; fonts, icons, languages and pictures stay once they have been used.
 */
function offline() {
  const keptForAYear = { maxAgeSeconds: 365 * 24 * 60 * 60, purgeOnQuotaError: true };
  return VitePWA({
    // Registered by main.tsx, and takes over at once: no open page depends on what it replaces.
    injectRegister: false,
    registerType: "autoUpdate",
    manifest: {
      name: "Boardwalk",
      short_name: "Boardwalk",
      description: "A whiteboard to draw on together.",
      display: "standalone",
      start_url: "/",
      background_color: "#f9fafb",
      theme_color: "#2a5bcc",
      icons: [{ src: "/favicon.svg", sizes: "any", type: "image/svg+xml" }],
    },
    workbox: {
      // The page that has brought it, too: what its first visit uses is kept.
      clientsClaim: true,
      globPatterns: [
        "**/*.{js,css,html}",
        "favicon.svg",
        // What the first text and the tools of a board need, in their usual weight.
        "assets/0_merged-*.svg",
        "assets/{Shantell_Sans-Informal_Regular,IBMPlex{Sans,Serif,Mono}-Medium}-*.woff2",
      ],
      maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      navigateFallback: "/index.html",
      // Everything else at this address is the server's to answer.
      navigateFallbackAllowlist: [/^\/$/, /^\/b\//],
      runtimeCaching: [
        {
          urlPattern: ({ sameOrigin, url }) => sameOrigin && url.pathname.startsWith("/assets/"),
          handler: "CacheFirst",
          options: { cacheName: "page-files", expiration: { maxEntries: 300, ...keptForAYear } },
        },
        {
          // The address of a picture is the hash of its content: it never changes.
          urlPattern: ({ sameOrigin, url }) =>
            sameOrigin && /^\/api\/boards\/[^/]+\/assets\/[0-9a-f]{64}$/.test(url.pathname),
          handler: "CacheFirst",
          options: {
            cacheName: "board-pictures",
            expiration: { maxEntries: 500, ...keptForAYear },
            cacheableResponse: { statuses: [200] },
          },
        },
      ],
    },
  });
}

export default defineConfig({
  plugins: [react(), tldrawLicence(), offline(), compressed()],
  // A second copy of any of these breaks `instanceof` checks, hooks or shared documents.
  resolve: { dedupe: ["react", "react-dom", "tldraw", "yjs", "y-protocols", "lib0"] },
  // zod reads its settings here when schemas are made, before any module of ours could set them; it
  // would try to make code out of text, which the page's policy forbids and reports.
  define: { "globalThis.__zod_globalConfig": { jitless: true } },
  build: {
    target: ["chrome111", "edge111", "firefox114", "safari16.4"],
    sourcemap: false,
    // tldraw's fonts, icons and translations are files that load when needed, never text in a script.
    assetsInlineLimit: 0,
    // tldraw is one large chunk by nature; only a board loads it.
    chunkSizeWarningLimit: 2_500,
  },
});
