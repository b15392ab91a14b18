import { assetPath, limits, uploadedAssetSchema } from "@boardwalk/board-model";
import { Readable } from "node:stream";
import { z } from "zod";
import { KeyedBudget } from "../keyed-budget.ts";
import { clientAddressOf } from "../client-address.ts";
import { sniffAssetType, acceptedTypes } from "./asset-type.ts";
import { ApiError, apiError } from "./api-error.ts";
import { fileSchema } from "./archive-stream.ts";
import { assertMayEdit } from "./bearer.ts";
import type { Authorise } from "./bearer.ts";
import { bearerSecurity, boardParams } from "./board-routes.ts";
import { parseByteRange, readRange } from "./byte-range.ts";
import { errorResponses } from "./error-responses.ts";
import type { HttpApp, HttpServices } from "./http-app.ts";
import { rateLimits, tooManyRequests, uploadedBytesLimit, uploadWindowMs } from "./rate-limits.ts";
import { Upload } from "./upload.ts";

/** Files remembered as sound, of which parts are served without reading all of them again. */
const soundFilesKept = 10_000;

const assetParams = z.object({ boardId: z.string(), sha256: z.string() });

/** An uploaded file is shown, never run: opened by itself it has no scripts and no origin. */
const assetPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";

/** Uploading pictures and videos, and reading them back. */
export function assetRoutes(app: HttpApp, services: HttpServices, authorise: Authorise): void {
  void app.register(async (scope: HttpApp) => {
    // The body is a file, whatever its content type says; it is read as it comes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    uploadRoute(scope, services, authorise);
  });
  downloadRoute(app, services);
}

function uploadRoute(app: HttpApp, services: HttpServices, authorise: Authorise): void {
  const { assets, boards, config, files } = services;
  const uploaded = new KeyedBudget({
    max: config.maxUploadMbPerHour * 1024 * 1024,
    windowMs: uploadWindowMs,
  });
  app.post(
    "/api/boards/:boardId/assets",
    {
      config: { rateLimit: rateLimits.uploads },
      schema: {
        summary: "Upload a picture or a video",
        description: `The body is the file, at most ${limits.assetBytes} bytes. Its type is told by its bytes, not by the content type.`,
        security: bearerSecurity,
        consumes: [...new Set(acceptedTypes.values())],
        params: boardParams,
        body: fileSchema,
        response: {
          201: uploadedAssetSchema,
          ...errorResponses(400, 401, 403, 404, 410, 413, 415, 429, 503, 507),
        },
      },
    },
    async (request, reply) => {
      const { boardId } = request.params;
      const upload = new Upload(request.body);
      const address = clientAddressOf(request.raw, config.trustedProxyHops);
      let unusedBytes = 0;
      try {
        assertMayEdit(await authorise(request, reply, boardId));
        const announcedBytes = Number(request.headers["content-length"] ?? limits.assetBytes);
        if (announcedBytes > limits.assetBytes) throw apiError("ASSET_TOO_LARGE");
        const waitMs = uploaded.waitMs(address);
        if (waitMs > 0) {
          const seconds = Math.ceil(waitMs / 1000);
          void reply.header("retry-after", seconds);
          throw tooManyRequests(uploadedBytesLimit, seconds);
        }
        // Before they come: many at once must not all pass before one is through.
        uploaded.spend(address, announcedBytes);
        unusedBytes = announcedBytes;
        const mimeType = await sniffAssetType(await upload.head());
        if (mimeType === null) {
          throw new ApiError(
            "ASSET_TYPE",
            "The file is none that a board can show: PNG, JPEG, GIF, WebP, AVIF, SVG, MP4 or WebM.",
          );
        }
        const { sha256, bytes } = await files.deliver(async (delivery) => {
          const file = await delivery.put(upload, { maxBytes: limits.assetBytes });
          await boards.inTurn(boardId, async () => {
            // Not to a board that was deleted meanwhile: it would outlive it.
            await boards.get(boardId);
            await assets.add(boardId, file.sha256, { mimeType, bytes: file.bytes });
          });
          return file;
        });
        unusedBytes -= bytes;
        return await reply
          .code(201)
          .header("cache-control", "no-store")
          .send({ sha256, url: assetPath(boardId, sha256), mimeType, bytes });
      } catch (error) {
        // The client reads the answer only once it has sent its file.
        upload.discard();
        throw error;
      } finally {
        uploaded.spend(address, -unusedBytes);
      }
    },
  );
}

function downloadRoute(app: HttpApp, { assets, store }: HttpServices): void {
  const soundFiles = new Set<string>();
  const keepSound = (sha256: string): void => {
    soundFiles.add(sha256);
    const [oldest] = soundFiles;
    if (soundFiles.size > soundFilesKept && oldest !== undefined) soundFiles.delete(oldest);
  };
  app.get(
    "/api/boards/:boardId/assets/:sha256",
    {
      schema: {
        summary: "Read an uploaded file",
        description:
          "Needs no token: the address holds the board's id and the file's hash, which only people on the board know, and those on boards that it was pasted into. So it is there as long as any of them shows it, also when the board it was uploaded to was deleted.",
        params: assetParams,
        response: {
          200: fileSchema,
          206: fileSchema.describe("The part that the Range header asks for"),
          304: z.undefined(),
          ...errorResponses(404, 416, 503),
        },
      },
    },
    async (request, reply) => {
      const { boardId, sha256 } = request.params;
      const asset = await assets.find(boardId, sha256);
      if (asset === null) throw noSuchAsset();
      const etag = `"${sha256}"`;
      void reply.headers({
        "accept-ranges": "bytes",
        "cache-control": "private, max-age=31536000, immutable",
        "content-disposition": "inline",
        "content-security-policy": assetPolicy,
        "cross-origin-resource-policy": "same-origin",
        etag,
      });
      if (request.headers["if-none-match"]?.split(/\s*,\s*/).includes(etag) === true) {
        return reply.code(304).send(undefined);
      }
      const ifRange = request.headers["if-range"];
      const wanted = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
      const range = parseByteRange(wanted, asset.bytes);
      if (range === "unsatisfiable") {
        void reply.header("content-range", `bytes */${asset.bytes}`);
        throw new ApiError("BAD_REQUEST", "The file is not that long.", { status: 416 });
      }
      const file = await store.assets.open(sha256);
      if (file === null) throw noSuchAsset();
      void reply.type(asset.mimeType);
      if (range === null) {
        return reply.header("content-length", asset.bytes).send(file.stream);
      }
      const onEnd = soundFiles.has(sha256) ? null : () => keepSound(sha256);
      const part = Readable.from(readRange(file.stream, range, onEnd), { objectMode: false });
      // Also when nobody came to read from it.
      part.once("close", () => file.stream.destroy());
      return reply
        .code(206)
        .header("content-range", `bytes ${range.first}-${range.last}/${asset.bytes}`)
        .header("content-length", range.last - range.first + 1)
        .send(part);
    },
  );
}

function noSuchAsset(): ApiError {
  return new ApiError("ASSET_NOT_FOUND", "There is no such file on this board.");
}
