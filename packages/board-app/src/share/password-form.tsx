import { limits } from "@boardwalk/board-model";
import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import type { BoardSession } from "../session/board-session.ts";
import { text } from "../text/text.ts";

type Entering =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly message: string };

/** Asks for the password of the link by which the board was opened. */
export function PasswordForm({ session }: { session: BoardSession }) {
  const [entering, setEntering] = useState<Entering>({ kind: "idle" });
  const isBusy = entering.kind === "busy";

  const enter = async (password: string): Promise<void> => {
    if (isBusy) return;
    setEntering({ kind: "busy" });
    try {
      // On success the board takes the place of this form.
      await session.enterPassword(password);
    } catch (error) {
      setEntering({ kind: "failed", message: apiErrorText(error) });
    }
  };
  const words = text.password;
  return (
    <form
      className="bw-password-form"
      onSubmit={(event) => {
        event.preventDefault();
        const password = new FormData(event.currentTarget).get("password");
        if (typeof password === "string" && password !== "") void enter(password);
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
          aria-invalid={entering.kind === "failed"}
          ref={takeFocus}
        />
      </label>
      <button type="submit" className="bw-button bw-button-primary" aria-disabled={isBusy}>
        {isBusy ? words.busy : words.submit}
      </button>
      <span className="bw-error" role="alert">
        {entering.kind === "failed" ? entering.message : ""}
      </span>
    </form>
  );
}

function takeFocus(input: HTMLInputElement | null): void {
  input?.focus();
}
