import { useEffect, useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { getConfig } from "../api/board-api.ts";
import type { OwnerApi } from "../api/owner-api.ts";
import { useBoard } from "../board/board-context.ts";
import { Question } from "../board/question.tsx";
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

const dayMs = 24 * 60 * 60_000;

function DeleteQuestion(props: { owner: OwnerApi; onCancel: () => void }) {
  const { boards, session } = useBoard();
  /** Until when it can be taken back, in words; null while the server has not said it. */
  const [promise, setPromise] = useState<string | null>(null);
  const [obstacle, setObstacle] = useState<string | null>(null);
  useEffect(() => {
    getConfig().then(
      ({ trashDays }) => {
        const { atOnce, until } = text.deletion;
        setPromise(trashDays === 0 ? atOnce : until(Date.now() + trashDays * dayMs));
      },
      (error: unknown) => setObstacle(apiErrorText(error)),
    );
  }, []);
  const words = text.deletion;
  return (
    <Question
      label={words.delete}
      yes={words.submit}
      yesBusy={words.busy}
      isDangerous
      isReady={promise !== null}
      obstacle={obstacle}
      onYes={async () => {
        // The server closes this page's connection, too, and the page then says so.
        const { goneAt } = await props.owner.deleteBoard();
        boards.rememberDeleted(session.boardId, Date.parse(goneAt));
      }}
      onCancel={props.onCancel}
      errorText={apiErrorText}
    >
      {words.question} {promise}
    </Question>
  );
}
