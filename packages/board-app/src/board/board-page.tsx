import { lazy, Suspense, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useConfig } from "../api/use-config.ts";
import { followVisit } from "../boards/board-visit.ts";
import type { RecentBoards } from "../boards/recent-boards.ts";
import { loadIdentity, saveIdentity } from "../identity/identity.ts";
import { BringBackButton } from "../pages/bring-back-button.tsx";
import { CrashBoundary } from "../pages/crash-boundary.tsx";
import { MessagePage, ReloadButton } from "../pages/message-page.tsx";
import { NewLinkButton } from "../pages/new-link-button.tsx";
import { OpeningPage } from "../pages/opening-page.tsx";
import { completeAddress } from "../routing/route.ts";
import { BoardSession } from "../session/board-session.ts";
import type { Blocked, DenialCode, Identity } from "../session/session-state.ts";
import { SettledBadge } from "../status/settled-badge.ts";
import { wouldLoseWork } from "../status/save-badge.ts";
import { guardUnload } from "../status/unload-guard.ts";
import { tabStorage, type BrowserStorage } from "../storage/browser-storage.ts";
import { text } from "../text/text.ts";
import { PasswordForm } from "../share/password-form.tsx";
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
  const [firstToken] = useState(token);
  useEffect(() => {
    const opened = BoardSession.open({
      boardId,
      token: firstToken,
      identity: loadIdentity(storage),
      tabStorage: tabStorage(),
    });
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
  }, [boardId, firstToken, boards, storage]);
  useEffect(() => {
    if (token !== firstToken) session?.renewToken(token);
  }, [session, token, firstToken]);
  if (session === null) return <OpeningPage />;
  return <OpenBoard session={session} boards={boards} storage={storage} />;
}

function OpenBoard(props: {
  session: BoardSession;
  boards: RecentBoards;
  storage: BrowserStorage | null;
}) {
  const { session, boards, storage } = props;
  const denial = useSessionState(session, "denial");
  const ready = useSessionState(session, "ready");
  const status = useSessionState(session, "status");
  const boardName = useSessionState(session, "boardName");
  const token = useSessionState(session, "token");
  useEffect(() => completeAddress(token), [token]);
  const config = useConfig();
  const context = useMemo(
    () => ({
      session,
      boards,
      badge: new SettledBadge(session),
      changeIdentity(identity: Identity) {
        saveIdentity(storage, identity);
        session.setIdentity(identity);
      },
    }),
    [session, boards, storage],
  );
  const isShown = ready && denial === null;
  useEffect(() => {
    if (isShown) document.title = text.documentTitle(boardName || text.board.untitled);
  }, [isShown, boardName]);

  if (denial !== null) return <DenialPage denial={denial} session={session} boards={boards} />;
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

function UnreachablePage({ session }: { session: BoardSession }) {
  const blocked = useSessionState(session, "blocked");
  return (
    <MessagePage
      {...openingWords(blocked)}
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

function openingWords(blocked: Blocked | null): { title: string; text: string } {
  const words = text.pages.openingByOtherHost;
  switch (blocked) {
    case null:
      return text.pages.openingSlow;
    case "byProxy":
      return text.pages.openingBlocked;
    case "byHost":
      return { title: words.title, text: words.text(window.location.origin) };
  }
}

function DenialPage(props: { denial: DenialCode; session: BoardSession; boards: RecentBoards }) {
  const { denial, session, boards } = props;
  const unsaved = useSessionState(session, "unsaved");
  const keptLocally = useSessionState(session, "keptLocally");
  const words = text.pages;
  const known = boards.find(session.boardId);
  const isOwned = linkDenials.has(denial) && known?.ownerKey !== undefined;
  const needsPassword = denial === "PASSWORD_REQUIRED";
  if (denial === "BOARD_DELETED") return <DeletedPage session={session} boards={boards} />;
  return (
    <MessagePage
      {...denialWords(denial)}
      form={needsPassword && <PasswordForm session={session} />}
      action={
        denial === "BOARD_IS_NEWER" ? (
          <ReloadButton />
        ) : (
          isOwned && <NewLinkButton board={known} boards={boards} isSecondary={needsPassword} />
        )
      }
    >
      {unsaved > 0 && <p>{keptLocally ? words.unsentKept : words.unsentNotKept}</p>}
    </MessagePage>
  );
}

/** The board is in the trash, from which its owner can take it back. */
function DeletedPage({ session, boards }: { session: BoardSession; boards: RecentBoards }) {
  const unsaved = useSessionState(session, "unsaved");
  const keptLocally = useSessionState(session, "keptLocally");
  const words = text.pages;
  const recent = useSyncExternalStore(
    (listener) => boards.subscribe(listener),
    () => boards.boards,
  );
  const known = recent.find(({ id }) => id === session.boardId);
  const isOwned = known?.ownerKey !== undefined;
  const goneAtMs = known?.deleted?.goneAtMs ?? null;
  return (
    <MessagePage
      title={words.boardDeleted.title}
      text={isOwned ? text.deletion.own(goneAtMs) : words.boardDeleted.text}
      action={
        isOwned ? (
          <BringBackButton
            board={known}
            boards={boards}
            className="bw-button bw-button-primary"
            onDone={() => window.location.reload()}
          />
        ) : (
          <ReloadButton />
        )
      }
    >
      {unsaved > 0 && <p>{keptLocally ? words.unsentKept : words.unsentNotKept}</p>}
    </MessagePage>
  );
}

/** Refusals of one link: the board's owner can make another. */
const linkDenials: ReadonlySet<DenialCode> = new Set([
  "TOKEN_INVALID",
  "LINK_REVOKED",
  "LINK_EXPIRED",
  "PASSWORD_REQUIRED",
  "REMOVED",
]);

function denialWords(denial: DenialCode): { title: string; text: string } {
  const words = text.pages;
  switch (denial) {
    case "BOARD_NOT_FOUND":
      return words.boardNotFound;
    case "BOARD_DELETED":
      return words.boardDeleted;
    case "TOKEN_INVALID":
      return words.linkNotValid;
    case "TOKEN_EXPIRED":
      return words.tokenExpired;
    case "LINK_REVOKED":
      return words.linkRevoked;
    case "LINK_EXPIRED":
      return words.linkExpired;
    case "PASSWORD_REQUIRED":
      return words.passwordRequired;
    case "REMOVED":
      return words.removed;
    case "TOKEN_MISSING":
      return words.incompleteLink;
    case "BOARD_IS_NEWER":
      return words.boardIsNewer;
    case "BOARD_IS_DAMAGED":
      return words.boardIsDamaged;
  }
}
