import type { TLUiOverrides } from "tldraw";
import { exportBoard, type ExportFormat, type ExportScope } from "../files/board-export.ts";
import { fileErrorText } from "../files/file-error-text.ts";
import type { BoardSession } from "../session/board-session.ts";
import { text } from "../text/text.ts";

/** tldraw's actions, less those that make no sense here; its exports make files named after the board. */
export function actionOverrides(session: BoardSession): TLUiOverrides {
  return {
    actions(editor, actions, helpers) {
      const {
        "insert-embed": _insertEmbed,
        "convert-to-embed": _convertToEmbed,
        "toggle-debug-mode": _toggleDebugMode,
        ...kept
      } = actions;
      const quickExports: readonly [string, ExportFormat, ExportScope | null][] = [
        ["export-as-svg", "svg", null],
        ["export-as-png", "png", null],
        ["export-all-as-svg", "svg", "page"],
        ["export-all-as-png", "png", "page"],
      ];
      for (const [id, format, scope] of quickExports) {
        const action = actions[id];
        if (action === undefined) continue;
        kept[id] = { ...action, onSelect: () => void exportNow(format, scope) };
      }
      return kept;

      async function exportNow(format: ExportFormat, scope: ExportScope | null): Promise<void> {
        const request = {
          scope: scope ?? (editor.getSelectedShapeIds().length > 0 ? "selection" : "page"),
          format,
          background: editor.getInstanceState().exportBackground,
          dark: editor.user.getIsDarkMode(),
          scale: 2,
          boardName: session.state.boardName,
        } as const;
        const signal = new AbortController().signal;
        try {
          await exportBoard(editor, request, { signal, onProgress: () => {} });
        } catch (error) {
          const description = fileErrorText(error, editor.options);
          helpers.addToast({ title: text.export.title, description, severity: "error" });
        }
      }
    },
  };
}
