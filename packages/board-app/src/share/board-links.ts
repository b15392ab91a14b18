import { boardPath, viewTokenOf, type Role } from "@boardwalk/board-model";

export interface BoardLinks {
  /** null where this person may not pass on the right to edit. */
  readonly edit: string | null;
  readonly view: string;
}

/** The links that whoever came by this token may share, as whole addresses. */
export function linksOf(board: {
  origin: string;
  boardId: string;
  token: string;
  role: Role;
}): BoardLinks {
  const linkTo = (token: string) => `${board.origin}${boardPath(board.boardId, token)}`;
  switch (board.role) {
    case "view":
      return { edit: null, view: linkTo(board.token) };
    case "edit":
    case "owner":
      return { edit: linkTo(board.token), view: linkTo(viewTokenOf(board.token)) };
  }
}
