import { createContext, use, useSyncExternalStore } from "react";
import type { RecentBoards } from "../boards/recent-boards.ts";
import type { BoardSession } from "../session/board-session.ts";
import type { Identity, SessionState } from "../session/session-state.ts";
import type { SettledBadge } from "../status/settled-badge.ts";

/** What every part around the canvas may need of the open board. */
export interface BoardContextValue {
  readonly session: BoardSession;
  readonly badge: SettledBadge;
  readonly boards: RecentBoards;
  /** Takes effect on this board at once, and is remembered for all. */
  readonly changeIdentity: (identity: Identity) => void;
}

export const BoardContext = createContext<BoardContextValue | null>(null);

export function useBoard(): BoardContextValue {
  const board = use(BoardContext);
  if (board === null) throw new Error("useBoard is for parts of an open board");
  return board;
}

/** The owner's key, where this browser has it; null where it has not. */
export function useOwnerKey(): string | null {
  const { boards, session } = useBoard();
  return useSyncExternalStore(
    (listener) => boards.subscribe(listener),
    () => boards.find(session.boardId)?.ownerKey ?? null,
  );
}

/** One at a time: the state as a whole changes with everything that is drawn, and nothing else need be rendered for it. */
export function useSessionState<Name extends keyof SessionState>(
  session: BoardSession,
  name: Name,
): SessionState[Name] {
  return useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state[name],
  );
}
