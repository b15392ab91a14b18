import {
  boardSchema,
  createdBoardSchema,
  openedSessionSchema,
  type Board,
  type CreatedBoard,
} from "@boardwalk/board-model";
import { z } from "zod";
import { answerTimeoutMs, call, callAs, parse } from "./rest-call.ts";

/** The settings only polish the canvas: a board kept on this device must not wait long for them. */
const configTimeoutMs = 3_000;

const configSchema = z.object({ tldrawLicenseKey: z.string().nullish() });
export type PageConfig = z.infer<typeof configSchema>;

/** Makes a board with the server's default name. Rejects with `ApiError`. */
export async function createBoard(): Promise<CreatedBoard> {
  const answer = await call("/api/boards", answerTimeoutMs, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  return parse(createdBoardSchema, answer);
}

/** A board as the bearer sees it. Rejects with `ApiError`. */
export async function getBoard(boardId: string, bearer: string): Promise<Board> {
  return parse(boardSchema, await callAs(bearer, "GET", `/api/boards/${boardId}`));
}

/** A session for a link that has a password. Rejects with `ApiError`. */
export async function openLinkSession(
  boardId: string,
  token: string,
  password: string,
): Promise<string> {
  const path = `/api/boards/${boardId}/sessions`;
  return parse(openedSessionSchema, await callAs(token, "POST", path, { password })).session;
}

/** What the operator has set for the page. Rejects with `ApiError`. */
export async function getConfig(): Promise<PageConfig> {
  return parse(configSchema, await call("/api/config", configTimeoutMs, {}));
}
