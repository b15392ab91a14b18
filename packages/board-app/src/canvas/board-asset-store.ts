import { errorResponseSchema, limits, uploadedAssetSchema } from "@boardwalk/board-model";
import DOMPurify from "dompurify";
import type { TLAssetStore } from "tldraw";

/** An upload that the server, or this page, refused; `code` is one of the REST API's. */
export class UploadError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Keeps pictures and videos of a board on its server; the document holds only their address. */
export function createBoardAssetStore(boardId: string, token: string): TLAssetStore {
  return {
    async upload(_asset, file, abortSignal) {
      if (file.size > limits.assetBytes) {
        throw new UploadError("ASSET_TOO_LARGE", "The file is larger than this server takes.");
      }
      const response = await fetch(`/api/boards/${boardId}/assets`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" },
        body: await harmless(file),
        signal: abortSignal ?? null,
      });
      const body: unknown = await response.json();
      if (!response.ok) {
        const error = errorResponseSchema.safeParse(body);
        const { code, message } = error.success
          ? error.data.error
          : { code: "INTERNAL", message: "The server did not take the file." };
        throw new UploadError(code, message);
      }
      return { src: uploadedAssetSchema.parse(body).url };
    },
    resolve: (asset) => asset.props.src,
  };
}

/** SVG can carry scripts; what goes to the server and into exports has none. */
async function harmless(file: File): Promise<Blob> {
  if (file.type !== "image/svg+xml") return file;
  return new Blob([sanitizeSvg(await file.text())], { type: file.type });
}

export function sanitizeSvg(svg: string): string {
  return DOMPurify.sanitize(svg, {
    USE_PROFILES: { svg: true, svgFilters: true },
    // A root element is needed for the result to be an image, and its namespace for it to be SVG.
    RETURN_TRUSTED_TYPE: false,
  });
}
