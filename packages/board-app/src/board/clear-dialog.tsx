import { useEffect, useRef } from "react";
import { useValue, type Editor } from "tldraw";
import { historyErrorText } from "../history/history-error-text.ts";
import { keepVersion } from "../history/keep-and-restore.ts";
import { text } from "../text/text.ts";
import { useBoard } from "./board-context.ts";
import { BoardDialog } from "./board-dialog.tsx";
import { useDialogs } from "./board-dialogs.ts";
import { useAttempt } from "./use-attempt.ts";

export function ClearDialog({ editor }: { editor: Editor }) {
  return (
    <BoardDialog name="clear" title={text.clear.title}>
      <ClearForm editor={editor} />
    </BoardDialog>
  );
}

/** Deletes everything on the page, once the board as it is has been kept. */
function ClearForm({ editor }: { editor: Editor }) {
  const { session } = useBoard();
  const { show } = useDialogs();
  const { isBusy, failure, attempt } = useAttempt(historyErrorText);
  const page = useValue("page", () => editor.getCurrentPage(), [editor]);
  const shapes = useValue("shapes", () => editor.getCurrentPageShapeIds().size, [editor]);
  const isOpen = useRef(true);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);

  const clear = async (): Promise<void> => {
    await keepVersion(session, { kind: "beforeClear" });
    // Who closes the dialog meanwhile has thought better of it.
    if (!isOpen.current) return;
    clearPage(editor);
    show(null);
  };
  const words = text.clear;
  return (
    <div className="bw-form">
      <p>{shapes === 0 ? words.empty(page.name) : words.question(page.name, shapes)}</p>
      <span className="bw-error" role="alert">
        {failure ?? ""}
      </span>
      <div className="bw-form-actions">
        <button type="button" className="bw-button" onClick={() => show(null)}>
          {text.common.cancel}
        </button>
        <button
          type="button"
          className="bw-button bw-button-danger"
          disabled={shapes === 0}
          aria-disabled={isBusy}
          onClick={() => void attempt(clear)}
        >
          {isBusy ? words.busy : words.submit}
        </button>
      </div>
    </div>
  );
}

/** As one step of this person's undo; what is locked against moving goes, too. */
function clearPage(editor: Editor): void {
  editor.markHistoryStoppingPoint("clear page");
  editor.run(() => editor.deleteShapes([...editor.getCurrentPageShapeIds()]), {
    ignoreShapeLock: true,
  });
}
