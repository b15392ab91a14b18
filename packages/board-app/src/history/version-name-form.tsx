import { limits } from "@boardwalk/board-model";
import { useState } from "react";
import { useAttempt } from "../board/use-attempt.ts";
import { text } from "../text/text.ts";
import { historyErrorText } from "./history-error-text.ts";

/** Gives a version a name, whether it is kept already or about to be. */
export function VersionNameForm(props: {
  label: string;
  name: string;
  hint: string;
  submit: string;
  isRequired: boolean;
  /** Closes the form on success. */
  onSave: (name: string) => Promise<void>;
  onCancel: () => void;
}) {
  const { isRequired, onSave } = props;
  const [name, setName] = useState(props.name);
  const [isMissing, setIsMissing] = useState(false);
  const { isBusy, failure, attempt } = useAttempt(historyErrorText);
  const words = text.history;

  const save = (): void => {
    const isNamed = name.trim() !== "";
    setIsMissing(isRequired && !isNamed);
    if (isNamed || !isRequired) void attempt(() => onSave(name.trim()));
  };
  return (
    <form
      className="bw-form bw-version-form"
      aria-label={props.label}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <label className="bw-field">
        <span>{words.name}</span>
        <input
          className="bw-input"
          value={name}
          maxLength={limits.versionNameLength}
          placeholder={words.namePlaceholder}
          autoComplete="off"
          enterKeyHint="done"
          ref={takeFocus}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <span className="bw-fact">{props.hint}</span>
      </label>
      <span className="bw-error" role="alert">
        {isMissing ? words.nameMissing : failure}
      </span>
      <div className="bw-form-actions">
        <button type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
        <button type="submit" className="bw-button bw-button-primary" aria-disabled={isBusy}>
          {isBusy ? words.busy : props.submit}
        </button>
      </div>
    </form>
  );
}

function takeFocus(input: HTMLInputElement | null): void {
  input?.focus();
  input?.select();
}
