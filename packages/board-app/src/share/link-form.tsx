import { limits, type ChangeLinkRequest, type Link, type LinkRole } from "@boardwalk/board-model";
import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { useAttempt } from "../board/use-attempt.ts";
import { ChoiceGroup } from "../files/choice-group.tsx";
import { text } from "../text/text.ts";

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const lifetimesMs = { hour: hourMs, day: dayMs, week: 7 * dayMs, month: 30 * dayMs } as const;

type Expiry = "same" | "never" | keyof typeof lifetimesMs;
type PasswordChoice = "same" | "none" | "set";

/** Makes a link, or changes one. What is left as it is is not sent. */
export function LinkForm(props: {
  /** null for a new one. */
  link: Link | null;
  onSave: (request: ChangeLinkRequest) => Promise<void>;
  onCancel: () => void;
}) {
  const { link } = props;
  const [role, setRole] = useState<LinkRole>(link?.role ?? "view");
  const [name, setName] = useState(link?.name ?? "");
  const [expiry, setExpiry] = useState<Expiry>(link?.expiresAt ? "same" : "never");
  const [passwordChoice, setPasswordChoice] = useState<PasswordChoice>(
    link?.hasPassword === true ? "same" : "none",
  );
  const [password, setPassword] = useState("");
  const [openedAtMs] = useState(() => Date.now());
  const [isShort, setIsShort] = useState(false);
  const { isBusy, failure, attempt } = useAttempt(apiErrorText);

  const save = (): void => {
    const isTooShort = passwordChoice === "set" && password.length < limits.passwordMinLength;
    setIsShort(isTooShort);
    if (isTooShort) return;
    const request = {
      ...(role === link?.role ? {} : { role }),
      name: name.trim(),
      ...(expiry === "same" ? {} : { expiresAt: expiryOf(expiry) }),
      ...(passwordChoice === "same"
        ? {}
        : { password: passwordChoice === "set" ? password : null }),
    };
    void attempt(() => props.onSave(request));
  };

  const words = text.owner;
  return (
    <form
      className="bw-form"
      aria-label={link === null ? words.newLink : words.changeLink(link.name)}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <fieldset disabled={isBusy}>
        <label className="bw-field">
          <span>{words.name}</span>
          <input
            className="bw-input"
            value={name}
            maxLength={limits.linkNameLength}
            placeholder={words.namePlaceholder}
            autoComplete="off"
            ref={link === null ? takeFocus : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </label>
        {link === null || link.derivedFrom === null ? (
          <ChoiceGroup
            legend={words.allows}
            isRow
            value={role}
            onChange={setRole}
            choices={[
              { value: "view", label: words.role.view },
              { value: "edit", label: words.role.edit },
            ]}
          />
        ) : (
          <p className="bw-fact">{words.derivedHint}</p>
        )}
        <label className="bw-field">
          <span>{words.expires}</span>
          <select
            className="bw-input"
            value={expiry}
            onChange={(event) => setExpiry(event.currentTarget.value as Expiry)}
          >
            {link?.expiresAt && (
              <option value="same">{words.expiry(Date.parse(link.expiresAt), openedAtMs)}</option>
            )}
            <option value="never">{words.never}</option>
            <option value="hour">{words.inAnHour}</option>
            <option value="day">{words.inADay}</option>
            <option value="week">{words.inAWeek}</option>
            <option value="month">{words.inAMonth}</option>
          </select>
        </label>
        <ChoiceGroup
          legend={words.password}
          isRow
          value={passwordChoice}
          onChange={setPasswordChoice}
          choices={[
            ...(link?.hasPassword === true
              ? [{ value: "same" as const, label: words.passwordSame }]
              : []),
            { value: "none" as const, label: words.passwordNone },
            {
              value: "set" as const,
              label: link?.hasPassword === true ? words.passwordNew : words.passwordSet,
            },
          ]}
        />
        {passwordChoice === "set" && (
          <label className="bw-field">
            <span>{words.passwordField}</span>
            <input
              className="bw-input"
              value={password}
              maxLength={limits.passwordMaxLength}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <span className="bw-fact">{words.passwordHint}</span>
          </label>
        )}
      </fieldset>
      <span className="bw-error" role="alert">
        {isShort ? words.shortPassword(limits.passwordMinLength) : failure}
      </span>
      <div className="bw-form-actions">
        <button type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
        <button type="submit" className="bw-button bw-button-primary" aria-disabled={isBusy}>
          {link === null ? words.make : words.save}
        </button>
      </div>
    </form>
  );
}

function expiryOf(expiry: Exclude<Expiry, "same">): string | null {
  return expiry === "never" ? null : new Date(Date.now() + lifetimesMs[expiry]).toISOString();
}

function takeFocus(input: HTMLInputElement | null): void {
  input?.focus();
}
