import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";

/** Tells why nothing can be changed: the link is for looking, or this page is too old for the board. */
export function ViewOnlyChip() {
  const { role, boardIsNewer } = useSessionState(useBoard().session);
  if (boardIsNewer) {
    return <span className="bw-chip">{text.board.boardIsNewer}</span>;
  }
  if (role !== "view") return null;
  return (
    <span className="bw-chip" title={text.board.viewOnlyHint}>
      {text.board.viewOnly}
    </span>
  );
}
