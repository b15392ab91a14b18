import type { Version } from "@boardwalk/board-model";
import { useBoard } from "../board/board-context.ts";
import { Question } from "../board/question.tsx";
import { text } from "../text/text.ts";
import { historyErrorText } from "./history-error-text.ts";
import { restoreVersion } from "./keep-and-restore.ts";

/** Restores a version, after saying what that means for everyone. */
export function RestoreQuestion(props: {
  versionId: string;
  onCancel: () => void;
  onRestored: (before: Version) => void;
}) {
  const { session } = useBoard();
  const words = text.history;
  return (
    <Question
      label={words.restore}
      className="bw-restore-question"
      yes={words.restoreNow}
      yesBusy={words.restoring}
      isDangerous={false}
      onYes={async () => props.onRestored(await restoreVersion(session, props.versionId))}
      onCancel={props.onCancel}
      errorText={historyErrorText}
    >
      {words.restoreQuestion}
    </Question>
  );
}
