import { limits } from "@boardwalk/board-model";
import { apiErrorText } from "../api/api-error-text.ts";
import { useAttempt } from "../board/use-attempt.ts";
import type { BoardSession } from "../session/board-session.ts";
import { text } from "../text/text.ts";

/** Asks for the password of the link by which the board was opened. */
export function PasswordForm({ session }: { session: BoardSession }) {
  const { isBusy, failure, attempt } = useAttempt(apiErrorText);
  const words = text.password;
  return (
    <form
      className="bw-password-form"
      onSubmit={(event) => {
        event.preventDefault();
        const password = new FormData(event.currentTarget).get("password");
        if (typeof password !== "string" || password === "") return;
        // On success the board takes the place of this form.
        void attempt(() => session.enterPassword(password));
      }}
    >
      <label>
        <span>{words.label}</span>
        <input
          className="bw-input"
          type="password"
          name="password"
          autoComplete="off"
          maxLength={limits.passwordMaxLength}
          aria-invalid={failure !== null}
          ref={takeFocus}
        />
      </label>
      <button type="submit" className="bw-button bw-button-primary" aria-disabled={isBusy}>
        {isBusy ? words.busy : words.submit}
      </button>
      <span className="bw-error" role="alert">
        {failure ?? ""}
      </span>
    </form>
  );
}

function takeFocus(input: HTMLInputElement | null): void {
  input?.focus();
}
