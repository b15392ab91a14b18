import { isSignedToken } from "@boardwalk/board-model";
import type { BoardSession } from "../session/board-session.ts";
import type { DenialCode } from "../session/session-state.ts";
import type { RecentBoards } from "./recent-boards.ts";

/** An expired link may be given more time, a password may be asked for: those are kept. */
const finalDenials: ReadonlySet<DenialCode> = new Set(["TOKEN_INVALID", "LINK_REVOKED", "REMOVED"]);

/**
 * Keeps the list of boards true to an open board: notes that it was opened, follows its name, and
 * forgets a token that the server does not take any more. Returns what ends it.
 */
export function followVisit(session: BoardSession, boards: RecentBoards): () => void {
  let noted: string | null = null;
  let isNotedDeleted = false;
  const follow = (): void => {
    const { status, denial, linkRole, boardName, token } = session.state;
    const { boardId } = session;
    // It ends soon: the way to the board is the site that signs.
    if (isSignedToken(token)) return;
    if (denial !== null && finalDenials.has(denial)) boards.forgetToken(boardId, token);
    if (denial === "BOARD_DELETED" && !isNotedDeleted) {
      isNotedDeleted = true;
      boards.rememberDeleted(boardId, null);
    }
    // Only the server's word on the role counts, or a view token would be kept as an edit token.
    if (status !== "online" || linkRole === null) return;
    const isNoted = noted === `${token} ${linkRole} ${boardName}`;
    if (isNoted) return;
    noted = `${token} ${linkRole} ${boardName}`;
    const nowMs = Date.now();
    boards.rememberOpened({ id: boardId, name: boardName, token, role: linkRole, nowMs });
  };
  follow();
  return session.subscribe(follow);
}
