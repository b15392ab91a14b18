import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import type { OwnerApi } from "../api/owner-api.ts";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { downloadFile } from "../files/download.ts";
import { fileNameOf } from "../files/file-name.ts";
import { text } from "../text/text.ts";

type Downloading =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" | "done" | "failed"; readonly message: string };

/** The whole board as one file. */
export function DownloadArchive({ owner }: { owner: OwnerApi }) {
  const boardName = useSessionState(useBoard().session, "boardName");
  const [downloading, setDownloading] = useState<Downloading>({ kind: "idle" });
  const words = text.archive;

  const download = async (): Promise<void> => {
    if (downloading.kind === "busy") return;
    const tell = (readBytes: number): void =>
      setDownloading({ kind: "busy", message: words.downloading(readBytes) });
    tell(0);
    try {
      const archive = await owner.archive(tell);
      const fallbackName = text.board.untitled;
      downloadFile(archive, fileNameOf({ boardName, fallbackName, extension: "boardwalk" }));
      setDownloading({ kind: "done", message: words.downloaded(archive.size) });
    } catch (error) {
      setDownloading({ kind: "failed", message: apiErrorText(error) });
    }
  };
  return (
    <div>
      <button
        type="button"
        className="bw-link"
        aria-disabled={downloading.kind === "busy"}
        onClick={() => void download()}
      >
        {words.download}
      </button>
      <span className="bw-fact">{words.downloadHint}</span>
      <output className="bw-form-status" data-error={downloading.kind === "failed"}>
        {downloading.kind === "idle" ? "" : downloading.message}
      </output>
    </div>
  );
}
