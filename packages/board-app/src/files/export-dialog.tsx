import { useEffect, useRef, useState } from "react";
import type { Editor } from "tldraw";
import { useBoard } from "../board/board-context.ts";
import { BoardDialog } from "../board/board-dialog.tsx";
import { useDialogs } from "../board/board-dialogs.ts";
import { text } from "../text/text.ts";
import {
  exportBoard,
  planExport,
  type ExportFormat,
  type ExportRequest,
  type ExportScope,
} from "./board-export.ts";
import { ChoiceGroup } from "./choice-group.tsx";
import { fileErrorText } from "./file-error-text.ts";

export function ExportDialog({ editor }: { editor: Editor }) {
  return (
    <BoardDialog name="export" title={text.export.title}>
      <ExportForm editor={editor} />
    </BoardDialog>
  );
}

type Exporting =
  | { readonly kind: "idle" }
  | { readonly kind: "busy"; readonly done: number; readonly total: number }
  | { readonly kind: "told"; readonly message: string; readonly isError: boolean };

const formats: readonly ExportFormat[] = ["png", "svg", "tldr"];
const scales = ["1", "2", "4"] as const;

// What was chosen last, for the next time the dialog opens on this page.
let lastFormat: ExportFormat = "png";

function ExportForm({ editor }: { editor: Editor }) {
  const { session } = useBoard();
  const { show } = useDialogs();
  const [scope, setScope] = useState<ExportScope>(() =>
    editor.getSelectedShapeIds().length > 0 ? "selection" : "page",
  );
  const [format, setFormat] = useState<ExportFormat>(lastFormat);
  const [background, setBackground] = useState(() => editor.getInstanceState().exportBackground);
  const [dark, setDark] = useState(() => editor.user.getIsDarkMode());
  const [scale, setScale] = useState<(typeof scales)[number]>("2");
  const [exporting, setExporting] = useState<Exporting>({ kind: "idle" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const { boardName } = session.state;
  const request: ExportRequest = {
    scope,
    format,
    background,
    dark,
    boardName,
    scale: Number(scale),
  };
  const files = planExport(editor, request);

  const run = async (): Promise<void> => {
    if (running.current !== null) return;
    const controller = new AbortController();
    running.current = controller;
    try {
      const result = await exportBoard(editor, request, {
        signal: controller.signal,
        onProgress: (done, total) => setExporting({ kind: "busy", done, total }),
      });
      if (result.missingPictures === 0) show(null);
      else {
        const message = text.export.missingPictures(result.missingPictures);
        setExporting({ kind: "told", message, isError: true });
      }
    } catch (error) {
      if (controller.signal.aborted) setExporting({ kind: "idle" });
      else {
        const message = fileErrorText(error, editor.options);
        setExporting({ kind: "told", message, isError: true });
      }
    } finally {
      running.current = null;
    }
  };

  const words = text.export;
  const selected = editor.getSelectedShapeIds().length;
  const isBusy = exporting.kind === "busy";
  return (
    <form
      className="bw-form"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <fieldset disabled={isBusy}>
        <ChoiceGroup
          legend={words.scope}
          value={scope}
          onChange={setScope}
          choices={[
            { value: "page", label: words.page(editor.getCurrentPage().name) },
            { value: "board", label: words.board(editor.getPages().length) },
            {
              value: "selection",
              label: selected === 0 ? words.nothingSelected : words.selection(selected),
              disabled: selected === 0,
            },
          ]}
        />
        <ChoiceGroup
          legend={words.format}
          isRow
          value={format}
          onChange={(chosen) => {
            lastFormat = chosen;
            setFormat(chosen);
          }}
          choices={formats.map((value) => ({ value, label: words.formats[value] }))}
        />
        <p className="bw-note">{words.formatHints[format]}</p>
        {format === "png" && (
          <ChoiceGroup
            legend={words.scale}
            isRow
            value={scale}
            onChange={setScale}
            choices={scales.map((value) => ({ value, label: words.scales(Number(value)) }))}
          />
        )}
        {format !== "tldr" && (
          <fieldset className="bw-checks">
            <legend>{words.options}</legend>
            <label>
              <input
                type="checkbox"
                checked={background}
                onChange={(event) => setBackground(event.currentTarget.checked)}
              />
              {words.background}
            </label>
            <label>
              <input
                type="checkbox"
                checked={dark}
                onChange={(event) => setDark(event.currentTarget.checked)}
              />
              {words.dark}
            </label>
          </fieldset>
        )}
      </fieldset>
      <output
        className="bw-form-status"
        data-error={exporting.kind === "told" && exporting.isError}
      >
        {exporting.kind === "busy" && words.progress(exporting.done, exporting.total)}
        {exporting.kind === "told" && exporting.message}
        {exporting.kind === "idle" &&
          (files[0] === undefined
            ? words.emptyBoard
            : words.filesToCome(files.length, files[0].name))}
      </output>
      <div className="bw-form-actions">
        <button
          type="button"
          className="bw-button"
          onClick={() => (isBusy ? running.current?.abort() : show(null))}
        >
          {text.common.cancel}
        </button>
        <button
          type="submit"
          className="bw-button bw-button-primary"
          disabled={isBusy || files.length === 0}
        >
          {words.submit}
        </button>
      </div>
    </form>
  );
}
