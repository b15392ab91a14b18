import { limits } from "@boardwalk/board-model";
import { RadioGroup } from "radix-ui";
import { useState, type KeyboardEvent } from "react";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { cleanPersonName } from "../identity/identity.ts";
import { palette } from "../identity/palette.ts";
import { text } from "../text/text.ts";

/** One's own name and colour, as the others see them. */
export function OwnIdentity() {
  const { session, changeIdentity } = useBoard();
  const identity = useSessionState(session, "identity");
  const nameIsGiven = useSessionState(session, "nameIsGiven");
  const [draft, setDraft] = useState(identity.name);

  const keepName = (): void => {
    const name = cleanPersonName(draft) ?? identity.name;
    setDraft(name);
    if (name !== identity.name) changeIdentity({ ...identity, name });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !nameIsGiven) keepName();
  };
  return (
    <div className="bw-own-identity">
      <label>
        <span>{text.people.yourName}</span>
        <input
          className="bw-input"
          value={nameIsGiven ? identity.name : draft}
          readOnly={nameIsGiven}
          maxLength={limits.personNameLength}
          autoComplete="off"
          enterKeyHint="done"
          onChange={(event) => setDraft(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={nameIsGiven ? undefined : keepName}
        />
      </label>
      <RadioGroup.Root
        className="bw-colors"
        aria-label={text.people.yourColor}
        value={identity.color}
        onValueChange={(color) => changeIdentity({ ...identity, color })}
      >
        {palette.map(({ name, value }) => (
          <RadioGroup.Item
            key={value}
            value={value}
            className="bw-color"
            style={{ backgroundColor: value }}
            aria-label={text.people.colors[name]}
            title={text.people.colors[name]}
          />
        ))}
      </RadioGroup.Root>
    </div>
  );
}
