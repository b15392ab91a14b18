import type { Version } from "@boardwalk/board-model";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { react, type Editor, type TLComponents } from "tldraw";
import { BoardCanvas } from "../canvas/board-canvas.tsx";
import { ExportDialog } from "../files/export-dialog.tsx";
import { ImportDialog } from "../files/import-dialog.tsx";
import { RestoredNotice } from "../history/restored-notice.tsx";
import { CrashPage } from "../pages/crash-boundary.tsx";
import { PeopleMenu } from "../people/people-menu.tsx";
import { ShareButton } from "../share/share-button.tsx";
import { ShareDialog } from "../share/share-dialog.tsx";
import { wouldLoseWork } from "../status/save-badge.ts";
import { text } from "../text/text.ts";
import { actionOverrides } from "./action-overrides.ts";
import { ClearDialog } from "./clear-dialog.tsx";
import { useBoard } from "./board-context.ts";
import { BoardDialogsContext, useDialogState } from "./board-dialogs.ts";
import { BoardMenuPanel } from "./menu-panel.tsx";
import { BoardMainMenu } from "./main-menu.tsx";
import { RightNotice } from "./right-notice.tsx";
import { NamedStylePanel } from "./named-style-panel.tsx";
import "./workspace.css";

// Few look back, and not at once.
const HistoryPanel = lazy(async () => ({
  default: (await import("../history/history-panel.tsx")).HistoryPanel,
}));

/** The slots of tldraw's own layout that this page fills. Stable, or the canvas would remount. */
const components: TLComponents = {
  MenuPanel: BoardMenuPanel,
  MainMenu: BoardMainMenu,
  SharePanel,
  StylePanel: NamedStylePanel,
  // tldraw's offers to wipe the browser's data, which does not help here.
  ErrorFallback: CanvasCrash,
};

/** The canvas with everything around it. In a chunk of its own, because it brings tldraw. */
export function Workspace({ licenseKey }: { licenseKey: string | undefined }) {
  const { session } = useBoard();
  const [editor, setEditor] = useState<Editor | null>(null);
  /** What the board was before it was restored here. */
  const [before, setBefore] = useState<Version | null>(null);
  const closeNotice = useCallback(() => setBefore(null), []);
  const dialogs = useDialogState();
  const overrides = useMemo(() => actionOverrides(session), [session]);
  useFollowedTheme(editor);
  useHeldShortcuts(editor, dialogs.open !== null);
  return (
    <BoardDialogsContext value={dialogs}>
      <main className="bw-workspace" aria-label={text.board.canvas}>
        <BoardCanvas
          session={session}
          licenseKey={licenseKey}
          components={components}
          overrides={overrides}
          onEditor={setEditor}
        />
      </main>
      <ShareDialog />
      {editor !== null && (
        <>
          <ExportDialog editor={editor} />
          <ImportDialog editor={editor} />
          <ClearDialog editor={editor} />
          {dialogs.open === "history" && (
            <Suspense fallback={null}>
              <HistoryPanel editor={editor} licenseKey={licenseKey} onRestored={setBefore} />
            </Suspense>
          )}
        </>
      )}
      <RightNotice />
      {before !== null && <RestoredNotice key={before.id} before={before} onClose={closeNotice} />}
    </BoardDialogsContext>
  );
}

function SharePanel() {
  return (
    <section className="bw-top-right" aria-label={text.board.sharing}>
      <PeopleMenu />
      <ShareButton />
    </section>
  );
}

function CanvasCrash({ error }: { error: unknown }) {
  const { session } = useBoard();
  return <CrashPage error={error} isWorkKept={!wouldLoseWork(session.state)} />;
}

/** What surrounds the canvas wears the theme that was chosen for the canvas. */
function useFollowedTheme(editor: Editor | null): void {
  useEffect(() => {
    if (editor === null) return undefined;
    const { dataset } = document.documentElement;
    const stop = react("theme of the page", () => {
      dataset.theme = editor.user.getIsDarkMode() ? "dark" : "light";
    });
    return () => {
      stop();
      delete dataset.theme;
    };
  }, [editor]);
}

/** Keys pressed in a dialog are not the canvas's shortcuts. */
function useHeldShortcuts(editor: Editor | null, isHeld: boolean): void {
  useEffect(() => {
    if (editor === null || !isHeld || !editor.getIsFocused()) return undefined;
    editor.blur({ blurContainer: false });
    return () => {
      if (!editor.isDisposed) editor.focus({ focusContainer: false });
    };
  }, [editor, isHeld]);
}
