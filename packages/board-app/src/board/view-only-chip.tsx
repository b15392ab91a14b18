import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";

/**
 * Tells why nothing can be changed: the link is for looking, the board is locked, or this page is
 * too old for the board.
 */
export function ViewOnlyChip() {
  const role = useSessionState(useBoard().session, "role");
  const linkRole = useSessionState(useBoard().session, "linkRole");
  const locked = useSessionState(useBoard().session, "locked");
  const boardIsNewer = useSessionState(useBoard().session, "boardIsNewer");
  const words = text.board;
  if (boardIsNewer) {
    return <span className="bw-chip">{words.boardIsNewer}</span>;
  }
  const isLockedOut = locked && linkRole === "edit";
  if (role !== "view") return null;
  return (
    <span className="bw-chip" title={isLockedOut ? words.lockedHint : words.viewOnlyHint}>
      {isLockedOut ? words.locked : words.viewOnly}
    </span>
  );
}
