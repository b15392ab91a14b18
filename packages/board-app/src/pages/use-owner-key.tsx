import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { ApiError } from "../api/api-error.ts";
import { getBoard } from "../api/board-api.ts";
import type { RecentBoards } from "../boards/recent-boards.ts";
import { FileButton } from "../files/file-button.tsx";
import { maxOwnerKeyFileBytes, parseOwnerKeyFile } from "../share/owner-key-file.ts";
import { text } from "../text/text.ts";

type Told = { readonly message: string; readonly isError: boolean };

/** Takes over the ownership of a board from a file, once the server has agreed that it is one. */
export function UseOwnerKey({ boards }: { boards: RecentBoards }) {
  const [told, setTold] = useState<Told | null>(null);

  const open = async (file: File): Promise<void> => {
    try {
      setTold(await takeOver(boards, file));
    } catch (error) {
      const isRefused = error instanceof ApiError && error.code === "TOKEN_INVALID";
      const message = isRefused ? text.ownerKey.refused : apiErrorText(error);
      setTold({ message, isError: true });
    }
  };
  const words = text.ownerKey;
  return (
    <div className="bw-owner-key">
      <FileButton
        className="bw-link"
        label={words.choose}
        accept=".json,application/json"
        onChoose={(file) => void open(file)}
      >
        {words.use}
      </FileButton>{" "}
      <span className="bw-note">{words.hint}</span>
      <output className="bw-form-status" data-error={told?.isError ?? false}>
        {told?.message ?? ""}
      </output>
    </div>
  );
}

async function takeOver(boards: RecentBoards, file: File): Promise<Told> {
  const words = text.ownerKey;
  const key = file.size > maxOwnerKeyFileBytes ? null : parseOwnerKeyFile(await file.text());
  if (key === null) return { message: words.notAKey, isError: true };
  // The key goes to the server that made it, and to no other that happens to serve this page.
  if (key.origin !== window.location.origin) {
    return { message: words.otherServer(key.origin), isError: true };
  }
  const board = await getBoard(key.boardId, key.ownerKey);
  if (board.role !== "owner") return { message: words.refused, isError: true };
  const { boardId: id, ownerKey } = key;
  boards.rememberOwned({ id, name: board.name, ownerKey, nowMs: Date.now() });
  return { message: words.done(board.name || text.board.untitled), isError: false };
}
