import { boardPath, viewTokenOf, type LinkRole } from "@boardwalk/board-model";

export interface BoardLinks {
  /** null where this person may not pass on the right to edit. */
  readonly edit: string | null;
  /** null where the view link that goes with the edit link has been taken back. */
  readonly view: string | null;
}

/**
 * The links that whoever came by this token may share, as whole addresses. `role` is what the link
 * says, also on a locked board.
 */
export function linksOf(board: {
  origin: string;
  boardId: string;
  token: string;
  role: LinkRole;
  hasViewLink: boolean;
}): BoardLinks {
  const linkTo = (token: string) => linkAddress(board.origin, board.boardId, token);
  switch (board.role) {
    case "view":
      return { edit: null, view: linkTo(board.token) };
    case "edit":
      return {
        edit: linkTo(board.token),
        view: board.hasViewLink ? linkTo(viewTokenOf(board.token)) : null,
      };
  }
}

export function linkAddress(origin: string, boardId: string, token: string): string {
  return origin + boardPath(boardId, token);
}
