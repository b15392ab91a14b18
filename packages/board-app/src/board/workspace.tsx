import { useEffect, useMemo, useState } from "react";
import { react, type Editor, type TLComponents } from "tldraw";
import { BoardCanvas } from "../canvas/board-canvas.tsx";
import { ExportDialog } from "../files/export-dialog.tsx";
import { ImportDialog } from "../files/import-dialog.tsx";
import { CrashPage } from "../pages/crash-boundary.tsx";
import { PeopleMenu } from "../people/people-menu.tsx";
import { ShareButton } from "../share/share-button.tsx";
import { ShareDialog } from "../share/share-dialog.tsx";
import { wouldLoseWork } from "../status/save-badge.ts";
import { text } from "../text/text.ts";
import { actionOverrides } from "./action-overrides.ts";
import { useBoard } from "./board-context.ts";
import { BoardDialogsContext, useDialogState } from "./board-dialogs.ts";
import { BoardMenuPanel } from "./menu-panel.tsx";
import { BoardMainMenu } from "./main-menu.tsx";
import "./workspace.css";

/** The slots of tldraw's own layout that this page fills. Stable, or the canvas would remount. */
const components: TLComponents = {
  MenuPanel: BoardMenuPanel,
  MainMenu: BoardMainMenu,
  SharePanel,
  // tldraw's offers to wipe the browser's data, which does not help here.
  ErrorFallback: CanvasCrash,
};

/** The canvas with everything around it. In a chunk of its own, because it brings tldraw. */
export function Workspace({ licenseKey }: { licenseKey: string | undefined }) {
  const { session } = useBoard();
  const [editor, setEditor] = useState<Editor | null>(null);
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
        </>
      )}
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
    if (editor === null || !isHeld) return undefined;
    editor.menus.addOpenMenu("boardwalk-dialog");
    return () => {
      editor.menus.deleteOpenMenu("boardwalk-dialog");
    };
  }, [editor, isHeld]);
}
