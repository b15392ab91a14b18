import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { getConfig, type PageConfig } from "../api/board-api.ts";
import { followVisit } from "../boards/board-visit.ts";
import type { RecentBoards } from "../boards/recent-boards.ts";
import { loadIdentity, saveIdentity } from "../identity/identity.ts";
import { CrashBoundary } from "../pages/crash-boundary.tsx";
import { MessagePage, ReloadButton } from "../pages/message-page.tsx";
import { OpeningPage } from "../pages/opening-page.tsx";
import { completeAddress } from "../routing/route.ts";
import { BoardSession } from "../session/board-session.ts";
import type { DenialCode, Identity } from "../session/session-state.ts";
import { SettledBadge } from "../status/settled-badge.ts";
import { wouldLoseWork } from "../status/save-badge.ts";
import { guardUnload } from "../status/unload-guard.ts";
import type { BrowserStorage } from "../storage/browser-storage.ts";
import { text } from "../text/text.ts";
import { BoardContext, useSessionState } from "./board-context.ts";

// Asked for while the session connects, not after.
const workspace = import("./workspace.tsx");
const Workspace = lazy(async () => ({ default: (await workspace).Workspace }));
// `lazy` reports a failure where it is rendered; before that it is nobody's.
workspace.catch(() => {});

export interface BoardPageProps {
  readonly boardId: string;
  readonly token: string;
  readonly boards: RecentBoards;
  readonly storage: BrowserStorage | null;
}

/** One board by one link. The session lives as long as this page shows it. */
export function BoardPage({ boardId, token, boards, storage }: BoardPageProps) {
  const [session, setSession] = useState<BoardSession | null>(null);
  useEffect(() => {
    completeAddress(token);
    const opened = BoardSession.open({ boardId, token, identity: loadIdentity(storage) });
    const stopVisit = followVisit(opened, boards);
    const stopGuard = guardUnload(opened);
    // Opened here and not while rendering: it has to be closed again with the same certainty.
    // oxlint-disable-next-line react/set-state-in-effect
    setSession(opened);
    return () => {
      stopGuard();
      stopVisit();
      void opened.close();
    };
  }, [boardId, token, boards, storage]);
  if (session === null) return <OpeningPage />;
  return <OpenBoard session={session} storage={storage} />;
}

function OpenBoard(props: { session: BoardSession; storage: BrowserStorage | null }) {
  const { session, storage } = props;
  const { denial, ready, status, boardName } = useSessionState(session);
  const config = useConfig();
  const context = useMemo(
    () => ({
      session,
      badge: new SettledBadge(session),
      changeIdentity(identity: Identity) {
        saveIdentity(storage, identity);
        session.setIdentity(identity);
      },
    }),
    [session, storage],
  );
  const isShown = ready && denial === null;
  useEffect(() => {
    if (isShown) document.title = text.documentTitle(boardName || text.board.untitled);
  }, [isShown, boardName]);

  if (denial !== null) return <DenialPage denial={denial} session={session} />;
  if (!ready && status === "offline") return <UnreachablePage session={session} />;
  if (!ready || config === null) return <OpeningPage />;
  return (
    <CrashBoundary isWorkKept={() => !wouldLoseWork(session.state)}>
      <BoardContext value={context}>
        <Suspense fallback={<OpeningPage />}>
          <Workspace licenseKey={config.tldrawLicenseKey ?? undefined} />
        </Suspense>
      </BoardContext>
    </CrashBoundary>
  );
}

/** The operator's settings; the defaults where they cannot be had, null while they are on their way. */
function useConfig(): PageConfig | null {
  const [config, setConfig] = useState<PageConfig | null>(null);
  useEffect(() => {
    let isWanted = true;
    const settle = (settled: PageConfig): void => {
      if (isWanted) setConfig(settled);
    };
    getConfig().then(settle, () => settle({}));
    return () => {
      isWanted = false;
    };
  }, []);
  return config;
}

function UnreachablePage({ session }: { session: BoardSession }) {
  return (
    <MessagePage
      {...text.pages.openingSlow}
      action={
        <button
          type="button"
          className="bw-button bw-button-primary"
          onClick={() => session.reconnectNow()}
        >
          {text.common.tryAgain}
        </button>
      }
    />
  );
}

function DenialPage({ denial, session }: { denial: DenialCode; session: BoardSession }) {
  const { unsaved, keptLocally } = useSessionState(session);
  const words = text.pages;
  return (
    <MessagePage {...denialWords(denial)} action={denial === "BOARD_IS_NEWER" && <ReloadButton />}>
      {unsaved > 0 && <p>{keptLocally ? words.unsentKept : words.unsentNotKept}</p>}
    </MessagePage>
  );
}

function denialWords(denial: DenialCode): { title: string; text: string } {
  const words = text.pages;
  switch (denial) {
    case "BOARD_NOT_FOUND":
      return words.boardNotFound;
    case "TOKEN_INVALID":
      return words.linkNotValid;
    case "TOKEN_MISSING":
      return words.incompleteLink;
    case "BOARD_IS_NEWER":
      return words.boardIsNewer;
    case "BOARD_IS_DAMAGED":
      return words.boardIsDamaged;
  }
}
