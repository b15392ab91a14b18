import type { FastifyHelmetOptions } from "@fastify/helmet";
import type { IncomingMessage } from "node:http";
import type { Config } from "../config.ts";

/**
 * The one request to another origin that the page may make: tldraw 3.15 counts its unlicensed use
 * on public https sites, and its licence forbids to block that. Nothing depends on the answer.
 */
const tldrawWatermarkUrl = "https://cdn.tldraw.com/3.15.4/watermarks/watermark-track.svg";

const hstsMaxAgeSeconds = 180 * 24 * 60 * 60;

/** Headers of every response; a route may send a stricter policy of its own. */
export function securityHeaders({ publicOrigin, tls }: Config): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "connect-src": [
          "'self'",
          // tldraw reads pictures back by fetching their data: and blob: addresses.
          "data:",
          "blob:",
          (request) => webSocketSources(request, publicOrigin),
          tldrawWatermarkUrl,
        ],
        "font-src": ["'self'", "data:"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
        "frame-src": ["'none'"],
        "img-src": ["'self'", "data:", "blob:"],
        "manifest-src": ["'self'"],
        "media-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "script-src-attr": ["'none'"],
        // tldraw positions every shape by inline styles and adds style elements.
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
      },
    },
    referrerPolicy: { policy: "no-referrer" },
    strictTransportSecurity:
      tls !== null || publicOrigin?.startsWith("https:") === true
        ? { maxAge: hstsMaxAgeSeconds, includeSubDomains: false }
        : false,
  };
}

/** Hosts that pages with live connections come from, as far as the server knows. */
export function ownHosts(request: IncomingMessage, publicOrigin: string | null): string[] {
  const publicHost = publicOrigin === null ? null : new URL(publicOrigin).host;
  const hosts = new Set([publicHost, request.headers.host ?? null]);
  return [...hosts].flatMap((host) => (host !== null && isPlainHost(host) ? [host] : []));
}

/**
 * The server's own WebSocket addresses. Some browsers do not count ws: and wss: as `'self'`. Both
 * schemes, because a TLS proxy in front does not show here.
 */
function webSocketSources(request: IncomingMessage, publicOrigin: string | null): string {
  return ownHosts(request, publicOrigin)
    .flatMap((host) => [`ws://${host}`, `wss://${host}`])
    .join(" ");
}

/** Whether the value is a host and a port, and nothing that could add to a policy. */
export function isPlainHost(host: string): boolean {
  return /^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/.test(host);
}
