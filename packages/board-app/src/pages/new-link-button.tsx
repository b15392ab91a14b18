import { boardPath } from "@boardwalk/board-model";
import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { OwnerApi } from "../api/owner-api.ts";
import type { RecentBoard, RecentBoards } from "../boards/recent-boards.ts";
import { text } from "../text/text.ts";

/** A way in for a board's owner whose links open nothing any more: the key makes a new one. */
export function NewLinkButton(props: {
  board: RecentBoard;
  boards: RecentBoards;
  /** Where something else is the first thing to do. */
  isSecondary?: boolean;
}) {
  const { board, boards } = props;
  const [failure, setFailure] = useState<string | null>(null);
  const { ownerKey } = board;
  if (ownerKey === undefined) return null;

  const make = async (): Promise<void> => {
    try {
      const link = await new OwnerApi(board.id, ownerKey).makeLink({ role: "edit" });
      boards.rememberLink(board.id, link.id, link.token);
      window.location.assign(boardPath(board.id, link.token));
    } catch (error) {
      setFailure(apiErrorText(error));
    }
  };
  return (
    <>
      <button
        type="button"
        className={props.isSecondary === true ? "bw-button" : "bw-button bw-button-primary"}
        onClick={() => void make()}
      >
        {text.pages.makeLink}
      </button>
      {failure !== null && (
        <span className="bw-error" role="alert">
          {failure}
        </span>
      )}
    </>
  );
}
