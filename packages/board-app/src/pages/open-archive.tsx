import { boardPath, limits } from "@boardwalk/board-model";
import { useState } from "react";
import { importArchive } from "../api/board-api.ts";
import { useConfig } from "../api/use-config.ts";
import { readCreationKey } from "../boards/creation-key.ts";
import type { RecentBoards } from "../boards/recent-boards.ts";
import { archiveErrorText } from "../files/archive-error-text.ts";
import { FileButton } from "../files/file-button.tsx";
import type { BrowserStorage } from "../storage/browser-storage.ts";
import { text } from "../text/text.ts";

type Opening =
  | { readonly kind: "idle" }
  | { readonly kind: "busy"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

/** Makes a board of an archive, and opens it. */
export function OpenArchive(props: { boards: RecentBoards; storage: BrowserStorage | null }) {
  const { boards, storage } = props;
  const config = useConfig();
  const [opening, setOpening] = useState<Opening>({ kind: "idle" });
  const words = text.archive;

  const open = async (file: File): Promise<void> => {
    if (file.size > limits.archiveBytes) {
      setOpening({ kind: "failed", message: words.errors.tooLarge });
      return;
    }
    const tell = (sentBytes: number): void => {
      const isSent = sentBytes >= file.size;
      const message = isSent ? words.making : words.sending(sentBytes, file.size);
      setOpening({ kind: "busy", message });
    };
    tell(0);
    try {
      const board = await importArchive(readCreationKey(storage), file, tell);
      boards.rememberCreated(board, Date.now());
      window.location.assign(boardPath(board.id, board.editToken));
    } catch (error) {
      setOpening({ kind: "failed", message: archiveErrorText(error) });
    }
  };
  // There, boards are made by the other site.
  if (config?.auth === "jwt") return null;
  const isBusy = opening.kind === "busy";
  return (
    <div className="bw-owner-key">
      <FileButton
        className="bw-link"
        disabled={isBusy}
        label={words.choose}
        accept=".boardwalk,application/octet-stream"
        onChoose={(file) => void open(file)}
      >
        {words.open}
      </FileButton>{" "}
      <span className="bw-note">{words.openHint}</span>
      <output className="bw-form-status" data-error={opening.kind === "failed"}>
        {opening.kind === "idle" ? "" : opening.message}
      </output>
    </div>
  );
}
