import { viewTokenOf } from "@boardwalk/board-model";
import type { BoardRecord } from "./board-record.ts";
import { hashOf, newBoardId, newToken } from "./secret.ts";

/** The secrets of a board just made: the server keeps their hashes only. */
export type BoardKeys = {
  readonly id: string;
  readonly ownerKey: string;
  readonly editToken: string;
  readonly viewToken: string;
};

/** A board that nothing is kept of yet. */
export type BoardDraft = { readonly keys: BoardKeys; readonly record: BoardRecord };

/** A board with one edit link and the view link that goes with it. */
export function draftBoard(nowMs: number): BoardDraft {
  const editToken = newToken();
  const keys = {
    id: newBoardId(),
    ownerKey: newToken(),
    editToken,
    viewToken: viewTokenOf(editToken),
  };
  const createdAt = new Date(nowMs).toISOString();
  const open = { name: "", createdAt, expiresAt: null, password: null, revokedAt: null };
  const edit = { id: "edit", role: "edit", tokenHash: hashOf(keys.editToken) } as const;
  const view = { id: "view", role: "view", tokenHash: hashOf(keys.viewToken) } as const;
  const record: BoardRecord = {
    formatVersion: 2,
    createdAt,
    ownerKeyHash: hashOf(keys.ownerKey),
    locked: false,
    links: [
      { ...edit, ...open, derivedFrom: null },
      { ...view, ...open, derivedFrom: edit.id },
    ],
  };
  return { keys, record };
}
