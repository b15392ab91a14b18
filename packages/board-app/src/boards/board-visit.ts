import type { BoardSession } from "../session/board-session.ts";
import type { RecentBoards } from "./recent-boards.ts";

/**
 * Keeps the list of boards true to an open board: notes that it was opened, follows its name, and
 * forgets a token that the server does not take any more. Returns what ends it.
 */
export function followVisit(session: BoardSession, boards: RecentBoards): () => void {
  let notedName: string | null = null;
  const follow = (): void => {
    const { status, denial, role, boardName } = session.state;
    const { boardId, token } = session;
    if (denial === "TOKEN_INVALID") boards.forgetToken(boardId, token);
    // Only the server's word on the role counts, or a view token would be kept as an edit token.
    if (status !== "online" || role === null || boardName === notedName) return;
    notedName = boardName;
    boards.rememberOpened({ id: boardId, name: boardName, token, role, nowMs: Date.now() });
  };
  follow();
  return session.subscribe(follow);
}
