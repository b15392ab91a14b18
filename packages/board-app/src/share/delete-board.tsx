import { useEffect, useRef, useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { getConfig } from "../api/board-api.ts";
import type { OwnerApi } from "../api/owner-api.ts";
import { useBoard } from "../board/board-context.ts";
import { text } from "../text/text.ts";

/** Moves the board to the trash, after saying for how long it can be taken back. */
export function DeleteBoard({ owner }: { owner: OwnerApi }) {
  const [isAsking, setIsAsking] = useState(false);
  const words = text.deletion;
  if (isAsking) return <DeleteQuestion owner={owner} onCancel={() => setIsAsking(false)} />;
  return (
    <button
      type="button"
      className="bw-link bw-link-danger bw-delete-board"
      onClick={() => setIsAsking(true)}
    >
      {words.delete}
    </button>
  );
}

type Deleting =
  | { readonly kind: "asking" | "busy" }
  | { readonly kind: "failed"; readonly message: string };

const dayMs = 24 * 60 * 60_000;

function DeleteQuestion(props: { owner: OwnerApi; onCancel: () => void }) {
  const { boards, session } = useBoard();
  /** Until when it can be taken back, in words; null while the server has not said it. */
  const [promise, setPromise] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Deleting>({ kind: "asking" });
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    cancel.current?.focus();
    getConfig().then(
      ({ trashDays }) => {
        const { atOnce, until } = text.deletion;
        setPromise(trashDays === 0 ? atOnce : until(Date.now() + trashDays * dayMs));
      },
      (error: unknown) => setDeleting({ kind: "failed", message: apiErrorText(error) }),
    );
  }, []);
  const words = text.deletion;
  const isBusy = deleting.kind === "busy";

  const remove = async (): Promise<void> => {
    if (isBusy) return;
    setDeleting({ kind: "busy" });
    try {
      // The server closes this page's connection, too, and the page then says so.
      const { goneAt } = await props.owner.deleteBoard();
      boards.rememberDeleted(session.boardId, Date.parse(goneAt));
    } catch (error) {
      setDeleting({ kind: "failed", message: apiErrorText(error) });
    }
  };
  return (
    <fieldset className="bw-question" aria-label={words.delete}>
      <p>
        {words.question} {promise}
      </p>
      <div className="bw-link-actions">
        <button
          type="button"
          className="bw-button bw-button-danger"
          disabled={promise === null}
          aria-disabled={isBusy}
          onClick={() => void remove()}
        >
          {isBusy ? words.busy : words.submit}
        </button>
        <button ref={cancel} type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
      </div>
      <span className="bw-error" role="alert">
        {deleting.kind === "failed" ? deleting.message : ""}
      </span>
    </fieldset>
  );
}
