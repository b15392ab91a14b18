import {
  boardSchema,
  createdBoardSchema,
  importedBoardSchema,
  openedSessionSchema,
  pageConfigSchema,
  type Board,
  type CreatedBoard,
  type PageConfig,
} from "@boardwalk/board-model";
import type { ServerAnswer } from "../session/session-state.ts";
import { call, callAs, parse, sendFile } from "./rest-call.ts";

/** The settings only polish the canvas: a board kept on this device must not wait long for them. */
const configTimeoutMs = 3_000;
const readyTimeoutMs = 5_000;

/**
 * Makes a board with the server's default name; `creationKey` is what the server may want for that.
 * Rejects with `ApiError`.
 */
export async function createBoard(creationKey: string | null): Promise<CreatedBoard> {
  return parse(createdBoardSchema, await callAs(creationKey, "POST", "/api/boards", {}));
}

/** Makes a board of an archive; `creationKey` as above. Rejects with `ApiError`. */
export async function importArchive(
  creationKey: string | null,
  file: Blob,
  onProgress: (sentBytes: number) => void,
): Promise<CreatedBoard> {
  const answer = await sendFile(creationKey, "/api/boards/import", file, onProgress);
  return parse(importedBoardSchema, answer);
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

/** Whether the server answers and works, and whether it takes live connections of this page. */
export async function askServer(): Promise<ServerAnswer> {
  try {
    await call("/ready", readyTimeoutMs, { cache: "no-store" });
    const { hosts } = await getConfig();
    return hosts.includes(window.location.host) ? "ready" : "otherHost";
  } catch {
    return "none";
  }
}

/** What the operator has set for the page. Rejects with `ApiError`. */
export async function getConfig(): Promise<PageConfig> {
  return parse(pageConfigSchema, await call("/api/config", configTimeoutMs, {}));
}
