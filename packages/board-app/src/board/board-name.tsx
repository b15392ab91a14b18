import { canEdit, limits } from "@boardwalk/board-model";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";
import { ownKeys } from "./own-keys.ts";

/** The board's name; who may edit changes it in place: Enter keeps, Escape does not. */
export function BoardName() {
  const { session } = useBoard();
  const boardName = useSessionState(session, "boardName");
  const role = useSessionState(session, "role");
  const [isEditing, setIsEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const takesFocus = useRef(false);
  useEffect(() => {
    if (isEditing || !takesFocus.current) return;
    takesFocus.current = false;
    button.current?.focus();
  }, [isEditing]);
  const shown = boardName || text.board.untitled;
  if (role === null || !canEdit(role)) return <h1 className="bw-board-title">{shown}</h1>;

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    // The canvas around it would take the key, and the focus with it.
    event.stopPropagation();
    // Or the same key would press the button that gets the focus.
    event.preventDefault();
    const input = event.currentTarget;
    if (event.key === "Escape") input.value = boardName;
    takesFocus.current = true;
    input.blur();
  };
  const keep = (name: string): void => {
    setIsEditing(false);
    if (name.trim() !== "" && name.trim() !== boardName) session.rename(name);
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
        ref={takeFocus}
        onKeyDownCapture={onKeyDown}
        onBlur={(event) => keep(event.currentTarget.value)}
      />
    );
  }
  return (
    <h1 className="bw-board-title-holder">
      <button
        {...ownKeys}
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

function takeFocus(input: HTMLInputElement | null): void {
  input?.focus();
  input?.select();
}
