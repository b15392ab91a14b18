import { canEdit, limits } from "@boardwalk/board-model";
import { useRef, useState, type KeyboardEvent } from "react";
import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";

/** The board's name; who may edit changes it in place: Enter keeps, Escape does not. */
export function BoardName() {
  const { session } = useBoard();
  const { boardName, role } = useSessionState(session);
  const [isEditing, setIsEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const shown = boardName || text.board.untitled;
  if (role === null || !canEdit(role)) return <h1 className="bw-board-title">{shown}</h1>;

  const finish = (name: string | null, takeFocus: boolean): void => {
    setIsEditing(false);
    if (name !== null && name.trim() !== "" && name.trim() !== boardName) session.rename(name);
    if (takeFocus) requestAnimationFrame(() => button.current?.focus());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    // The canvas listens for keys, too.
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") finish(event.currentTarget.value, true);
    if (event.key === "Escape") finish(null, true);
  };
  if (isEditing) {
    return (
      <input
        className="bw-board-title bw-board-title-input"
        aria-label={text.board.name}
        defaultValue={boardName}
        maxLength={limits.boardNameLength}
        enterKeyHint="done"
        spellCheck={false}
        ref={(input) => input?.select()}
        onKeyDown={onKeyDown}
        onBlur={(event) => finish(event.currentTarget.value, false)}
      />
    );
  }
  return (
    <h1 className="bw-board-title-holder">
      <button
        ref={button}
        type="button"
        className="bw-board-title bw-board-title-button"
        aria-label={text.board.rename(shown)}
        title={shown}
        onClick={() => setIsEditing(true)}
      >
        {shown}
      </button>
    </h1>
  );
}
