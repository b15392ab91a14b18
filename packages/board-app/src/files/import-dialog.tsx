import { useEffect, useRef, useState } from "react";
import type { Editor } from "tldraw";
import { useBoard } from "../board/board-context.ts";
import { BoardDialog } from "../board/board-dialog.tsx";
import { useDialogs } from "../board/board-dialogs.ts";
import { historyErrorText } from "../history/history-error-text.ts";
import { keepVersion } from "../history/keep-and-restore.ts";
import { text } from "../text/text.ts";
import { FileButton } from "./file-button.tsx";
import { fileErrorText } from "./file-error-text.ts";
import { importTldrFile, type ImportProgress, type ImportResult } from "./tldr-import.ts";

export function ImportDialog({ editor }: { editor: Editor }) {
  return (
    <BoardDialog name="import" title={text.import.title}>
      <ImportForm editor={editor} />
    </BoardDialog>
  );
}

type Importing =
  | { readonly kind: "choosing" }
  | { readonly kind: "busy"; readonly progress: ImportProgress }
  | { readonly kind: "done"; readonly result: ImportResult }
  | { readonly kind: "failed"; readonly message: string };

function ImportForm({ editor }: { editor: Editor }) {
  const { session } = useBoard();
  const { show } = useDialogs();
  const [importing, setImporting] = useState<Importing>({ kind: "choosing" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const open = async (file: File): Promise<void> => {
    const controller = new AbortController();
    running.current = controller;
    try {
      const result = await importTldrFile(editor, file, {
        signal: controller.signal,
        onProgress: (progress) => setImporting({ kind: "busy", progress }),
        keepVersion: () => keepVersion(session, { kind: "beforeImport" }),
      });
      setImporting({ kind: "done", result });
    } catch (error) {
      if (controller.signal.aborted) return;
      setImporting({ kind: "failed", message: fileErrorText(error, editor.options) });
    } finally {
      running.current = null;
    }
  };

  const words = text.import;
  const isBusy = importing.kind === "busy";
  return (
    <div className="bw-form">
      <p>{words.intro}</p>
      <output className="bw-form-status" data-error={importing.kind === "failed"}>
        {statusText(importing)}
      </output>
      <div className="bw-form-actions">
        <button type="button" className="bw-button" onClick={() => show(null)}>
          {importing.kind === "done" ? text.common.close : text.common.cancel}
        </button>
        <FileButton
          className="bw-button bw-button-primary"
          disabled={isBusy}
          label={words.choose}
          accept=".tldr,application/vnd.tldraw+json,application/json"
          onChoose={(file) => void open(file)}
        >
          {words.choose}
        </FileButton>
      </div>
    </div>
  );
}

function statusText(importing: Importing): string {
  const words = text.import;
  switch (importing.kind) {
    case "choosing":
      return "";
    case "busy":
      return progressText(importing.progress);
    case "failed":
      return importing.message;
    case "done": {
      const { pages, shapes, missingPictures, notKept } = importing.result;
      return [
        words.added(pages, shapes),
        ...(missingPictures === 0 ? [] : [words.missingPictures(missingPictures)]),
        ...(notKept === null ? [] : [words.notKept(historyErrorText(notKept.cause))]),
      ].join(" ");
    }
  }
}

function progressText(progress: ImportProgress): string {
  const words = text.import;
  switch (progress.step) {
    case "reading":
      return words.reading;
    case "uploading":
      return words.uploading(progress.done, progress.total);
    case "keeping":
      return words.keeping;
  }
}
