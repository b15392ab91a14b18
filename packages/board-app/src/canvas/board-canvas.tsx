import { BoardDocument, BoardInfo, canEdit, limits } from "@boardwalk/board-model";
import { getAssetUrlsByImport } from "@tldraw/assets/imports.vite";
import { useEffect, useState, useSyncExternalStore } from "react";
import {
  atom,
  createTLSchema,
  createTLStore,
  defaultBindingUtils,
  getUserPreferences,
  setUserPreferences,
  Tldraw,
  type Editor,
  type TLComponents,
  type TLStore,
  type TLUiOverrides,
} from "tldraw";
import "tldraw/tldraw.css";
import "./live-text.css";
import type { BoardSession } from "../session/board-session.ts";
import { announceSentPictures, createBoardAssetStore } from "./board-asset-store.ts";
import { CanvasBinding } from "./canvas-binding.ts";
import { ExternalContent } from "./external-content.tsx";
import { endDragsOfWhatIsGone } from "./interrupted-drag.ts";
import { keepView } from "./kept-view.ts";
import { boardShapeUtils, ownShapeUtils } from "./own-shape-utils.ts";
import { rebaseHistory, undoOwnChangesOnly } from "./own-undo.ts";
import { LiveText } from "./live-text.ts";
import { letGoOfPage } from "./page-listeners.ts";
import { PresenceRecords } from "./presence-records.ts";
import { RecordMigration } from "./record-migration.ts";
import { richTextCodec } from "./rich-text-codec.ts";

export interface BoardCanvasProps {
  session: BoardSession;
  licenseKey?: string;
  components: TLComponents;
  overrides?: TLUiOverrides;
  onEditor: (editor: Editor | null) => void;
}

/** tldraw's fonts, icons and languages, from this server. */
export const assetUrls = getAssetUrlsByImport();

/** The canvas of a session, once its document is here: never before, or it would seed a page of its own. */
export function BoardCanvas(props: BoardCanvasProps): React.JSX.Element | null {
  const { session } = props;
  const isReady = useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state.ready,
  );
  return isReady ? <ReadyCanvas {...props} /> : null;
}

function ReadyCanvas({
  session,
  licenseKey,
  components,
  overrides,
  onEditor,
}: BoardCanvasProps): React.JSX.Element | null {
  const [canvas, setCanvas] = useState<ReturnType<typeof openCanvas> | null>(null);
  useEffect(() => {
    const opened = openCanvas(session);
    // Opened here and not while rendering: it has to be closed again with the same certainty.
    // oxlint-disable-next-line react/set-state-in-effect
    setCanvas(opened);
    return () => opened.close();
  }, [session]);
  if (canvas === null) return null;
  return (
    <Tldraw
      store={canvas.store}
      licenseKey={licenseKey}
      components={components}
      overrides={overrides}
      assetUrls={assetUrls}
      textOptions={canvas.textOptions}
      embeds={noEmbeds}
      shapeUtils={ownShapeUtils}
      maxAssetSize={limits.assetBytes}
      onMount={(editor) => {
        const release = canvas.mount(editor);
        onEditor(editor);
        return () => {
          release();
          onEditor(null);
        };
      }}
    >
      <ExternalContent />
    </Tldraw>
  );
}

/** Embedded pages would load from other sites. */
export const noEmbeds: [] = [];

function openCanvas(session: BoardSession) {
  const migration = new RecordMigration(createTLSchema());
  const info = new BoardInfo(session.doc);
  const compareSchemas = (): void => {
    session.setBoardIsNewer(info.isNewerThan(migration.schema));
  };
  compareSchemas();
  const stopInfo = info.observe(compareSchemas);
  const mode = atom<"readonly" | "readwrite">("mode", modeOf(session));
  shareIdentity(session);
  const stopSession = session.subscribe(() => {
    mode.set(modeOf(session));
    shareIdentity(session);
  });
  const document = new BoardDocument(session.doc, richTextCodec, migration);
  const store: TLStore = createTLStore({
    shapeUtils: boardShapeUtils,
    bindingUtils: defaultBindingUtils,
    assets: createBoardAssetStore(session.pictures, (id) => store.get(id)),
    collaboration: { status: null, mode },
  });
  undoOwnChangesOnly(store);
  const liveText = new LiveText(session.presence);
  let editor: Editor | null = null;
  const binding = new CanvasBinding({
    store,
    document,
    mayEdit: () => modeOf(session) === "readwrite",
    onAhead: (isAhead) => session.setCanvasIsAhead(isAhead),
    onUnreadable: (count) => session.setUnreadable(count),
    onRemoteChange: (before, after) => {
      if (editor === null) return;
      rebaseHistory(editor, before, after);
      liveText.follow(after.id, after);
    },
  });
  const stopWriting = session.onCollect(() => binding.write());
  // Before the session's own: what is on the canvas has to be in the document by then.
  const onPageHide = (): void => binding.write();
  window.addEventListener("pagehide", onPageHide, { capture: true });
  return {
    store,
    textOptions: { tipTapConfig: { extensions: liveText.extensions } },
    /** Call what it returns when the editor is gone. */
    mount(mounted: Editor): () => void {
      editor = mounted;
      const stopView = keepView(mounted, session.boardId);
      const stopText = liveText.attach(mounted);
      const stopGuard = endDragsOfWhatIsGone(mounted);
      const stopPictures = announceSentPictures(mounted, session.pictures, () => binding.write());
      const presence = new PresenceRecords(mounted, session.presence);
      const isTest = new URLSearchParams(window.location.search).has("test");
      if (isTest) exposeForTests(mounted, session);
      return () => {
        presence.close();
        stopView();
        stopText();
        stopPictures();
        stopGuard();
        letGoOfPage(mounted);
        editor = null;
      };
    },
    close() {
      session.setUnreadable(0);
      window.removeEventListener("pagehide", onPageHide, { capture: true });
      stopInfo();
      stopWriting();
      stopSession();
      binding.close();
      document.close();
      store.dispose();
    },
  };
}

function modeOf(session: BoardSession): "readonly" | "readwrite" {
  const { role, boardIsNewer } = session.state;
  return role !== null && canEdit(role) && !boardIsNewer ? "readwrite" : "readonly";
}

/** This person's name and colour, where tldraw keeps its preferences of this browser. */
function shareIdentity(session: BoardSession): void {
  const { id, name, color } = session.state.identity;
  const preferences = getUserPreferences();
  const isSame = preferences.id === id && preferences.name === name && preferences.color === color;
  if (isSame) return;
  setUserPreferences({
    ...preferences,
    id,
    name,
    color,
    colorScheme: preferences.colorScheme ?? "system",
  });
}

/** The contract with browser tests; see docs/architecture.md. */
function exposeForTests(editor: Editor, session: BoardSession): void {
  Object.assign(window, {
    boardwalk: {
      editor,
      session: {
        get status() {
          return session.state.status;
        },
        get unsaved() {
          return session.state.unsaved;
        },
        get peers() {
          return session.state.peers;
        },
      },
    },
  });
}
