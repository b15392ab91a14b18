import { z } from "zod";
import { limits } from "./limits.ts";

/** The REST messages, parsed by the server on the way in and by the page on the way back. */

export const boardNameSchema = z.string().trim().min(1).max(limits.boardNameLength);

export const createBoardRequestSchema = z.object({ name: boardNameSchema.optional() }).strict();

export const createdBoardSchema = z.object({
  id: z.string(),
  name: z.string(),
  ownerKey: z.string(),
  editToken: z.string(),
  viewToken: z.string(),
  editUrl: z.string(),
  viewUrl: z.string(),
});
export type CreatedBoard = z.infer<typeof createdBoardSchema>;

export const renameBoardRequestSchema = z.object({ name: boardNameSchema }).strict();

export const boardSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(["owner", "edit", "view"]),
  createdAt: z.iso.datetime(),
});
export type Board = z.infer<typeof boardSchema>;

export const uploadedAssetSchema = z.object({
  sha256: z.string(),
  /** Address on the same origin. */
  url: z.string(),
  mimeType: z.string(),
  bytes: z.number().int().nonnegative(),
});
export type UploadedAsset = z.infer<typeof uploadedAssetSchema>;

/** Every error of the REST API has this body; `code` is stable, `message` is for people. */
export const errorResponseSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
});

export const errorCodes = [
  "BAD_REQUEST",
  "BODY_TOO_LARGE",
  "BOARD_NOT_FOUND",
  "TOKEN_MISSING",
  "TOKEN_INVALID",
  "NOT_ALLOWED",
  "ASSET_NOT_FOUND",
  "ASSET_TOO_LARGE",
  "ASSET_TYPE",
  "NOT_FOUND",
  "METHOD_NOT_ALLOWED",
  "TOO_MANY_REQUESTS",
  "STORE_FULL",
  "STORE_UNAVAILABLE",
  "SHUTTING_DOWN",
  "INTERNAL",
] as const;
export type ErrorCode = (typeof errorCodes)[number];
