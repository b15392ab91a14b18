import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";

/** Says that the board holds more than this page can show. */
export function UnreadableChip() {
  const unreadable = useSessionState(useBoard().session, "unreadable");
  const words = text.board;
  return (
    <>
      {unreadable > 0 && (
        <span className="bw-chip" title={words.unreadableHint(unreadable)}>
          {words.unreadable(unreadable)}
        </span>
      )}
      <output className="bw-visually-hidden" aria-live="polite">
        {unreadable > 0 ? words.unreadableHint(unreadable) : ""}
      </output>
    </>
  );
}
