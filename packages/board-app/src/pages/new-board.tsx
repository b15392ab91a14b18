import { boardPath } from "@boardwalk/board-model";
import { useEffect, useState } from "react";
import { ApiError } from "../api/api-error.ts";
import { createBoard } from "../api/board-api.ts";
import { useConfig } from "../api/use-config.ts";
import { forgetCreationKey, readCreationKey, writeCreationKey } from "../boards/creation-key.ts";
import type { RecentBoards } from "../boards/recent-boards.ts";
import type { BrowserStorage } from "../storage/browser-storage.ts";
import { text } from "../text/text.ts";

type Creation =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly message: string };

/** Makes a board and opens it. Where the server wants a key for that, asks for it once. */
export function NewBoard(props: { boards: RecentBoards; storage: BrowserStorage | null }) {
  const { boards, storage } = props;
  const config = useConfig();
  const [creation, setCreation] = useState<Creation>({ kind: "idle" });
  const [key, setKey] = useState(() => readCreationKey(storage));
  const [isRefused, setRefused] = useState(false);

  // Coming back by the browser's history may show this page as it was left.
  useEffect(() => {
    const onPageShow = (): void => setCreation({ kind: "idle" });
    window.addEventListener("pageshow", onPageShow);
    return () => window.removeEventListener("pageshow", onPageShow);
  }, []);

  const create = async (shownKey: string | null): Promise<void> => {
    if (creation.kind === "busy") return;
    setCreation({ kind: "busy" });
    try {
      const board = await createBoard(shownKey);
      if (shownKey !== null) writeCreationKey(storage, shownKey);
      boards.rememberCreated(board, Date.now());
      window.location.assign(boardPath(board.id, board.editToken));
    } catch (error) {
      if (isAboutKey(error)) {
        forgetCreationKey(storage);
        setKey(null);
        setRefused(true);
      }
      setCreation({ kind: "failed", message: creationMessage(error) });
    }
  };

  const isBusy = creation.kind === "busy";
  const wantsKey = isRefused || (key === null && config?.boardCreation === "key");
  const words = text.home;
  if (config?.auth === "jwt") return <p>{words.bySignedToken}</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const entered = new FormData(event.currentTarget).get("key");
        void create(typeof entered === "string" ? entered.trim() : key);
      }}
    >
      {wantsKey && (
        <>
          <p className="bw-note">{words.keyNeeded}</p>
          <label className="bw-field">
            <span>{words.keyLabel}</span>
            <input
              className="bw-input"
              type="password"
              name="key"
              required
              autoComplete="off"
              aria-invalid={creation.kind === "failed"}
            />
          </label>
        </>
      )}
      <button
        type="submit"
        className="bw-button bw-button-primary bw-button-large"
        aria-disabled={isBusy}
      >
        {isBusy ? words.creating : words.newBoard}
      </button>
      <p className="bw-error" role="alert">
        {creation.kind === "failed" ? creation.message : ""}
      </p>
    </form>
  );
}

function isAboutKey(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.code === "CREATION_KEY_MISSING" || error.code === "CREATION_KEY_INVALID")
  );
}

function creationMessage(error: unknown): string {
  const words = text.createErrors;
  if (!(error instanceof ApiError)) return words.other("PAGE");
  switch (error.code) {
    case "OFFLINE":
      return words.offline;
    case "TOO_MANY_REQUESTS":
      return words.tooMany;
    case "STORE_FULL":
      return words.full;
    case "STORE_UNAVAILABLE":
    case "SHUTTING_DOWN":
      return words.unavailable;
    case "CREATION_KEY_MISSING":
      return words.keyMissing;
    case "CREATION_KEY_INVALID":
      return words.keyInvalid;
    default:
      return words.other(error.code);
  }
}
