import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";

/** Tells who came by a view link why nothing can be changed. */
export function ViewOnlyChip() {
  const { role } = useSessionState(useBoard().session);
  if (role !== "view") return null;
  return (
    <span className="bw-chip" title={text.board.viewOnlyHint}>
      {text.board.viewOnly}
    </span>
  );
}
