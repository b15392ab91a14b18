import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { OwnerApi } from "../api/owner-api.ts";
import type { RecentBoard, RecentBoards } from "../boards/recent-boards.ts";
import { text } from "../text/text.ts";

/** Takes a board back from the trash; only for who has its owner key. */
export function BringBackButton(props: {
  board: RecentBoard;
  boards: RecentBoards;
  className: string;
  onDone?: () => void;
}) {
  const { board, boards } = props;
  const [failure, setFailure] = useState<string | null>(null);
  const { ownerKey } = board;
  if (ownerKey === undefined) return null;

  const bringBack = async (): Promise<void> => {
    try {
      await new OwnerApi(board.id, ownerKey).undeleteBoard();
      boards.rememberUndeleted(board.id);
      props.onDone?.();
    } catch (error) {
      setFailure(apiErrorText(error));
    }
  };
  const words = text.deletion;
  return (
    <>
      <button
        type="button"
        className={props.className}
        aria-label={words.bringBackBoard(board.name || text.board.untitled)}
        onClick={() => void bringBack()}
      >
        {words.bringBack}
      </button>
      <span className="bw-error" role="alert">
        {failure ?? ""}
      </span>
    </>
  );
}
