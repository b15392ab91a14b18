import type { Version } from "@boardwalk/board-model";
import { useEffect, useRef, useState } from "react";
import { useBoard } from "../board/board-context.ts";
import { text } from "../text/text.ts";
import { historyErrorText } from "./history-error-text.ts";
import { restoreVersion } from "./keep-and-restore.ts";

type Restoring =
  | { readonly kind: "asking" | "busy" }
  | { readonly kind: "failed"; readonly message: string };

/** Restores a version, after saying what that means for everyone. */
export function RestoreQuestion(props: {
  versionId: string;
  onCancel: () => void;
  onRestored: (before: Version) => void;
}) {
  const { session } = useBoard();
  const [restoring, setRestoring] = useState<Restoring>({ kind: "asking" });
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const isBusy = restoring.kind === "busy";
  const words = text.history;

  const restore = async (): Promise<void> => {
    if (isBusy) return;
    setRestoring({ kind: "busy" });
    try {
      props.onRestored(await restoreVersion(session, props.versionId));
    } catch (error) {
      setRestoring({ kind: "failed", message: historyErrorText(error) });
    }
  };
  return (
    <fieldset className="bw-question bw-restore-question" aria-label={words.restore}>
      <p>{words.restoreQuestion}</p>
      <div className="bw-link-actions">
        <button
          type="button"
          className="bw-button bw-button-primary"
          aria-disabled={isBusy}
          onClick={() => void restore()}
        >
          {isBusy ? words.restoring : words.restoreNow}
        </button>
        <button ref={cancel} type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
      </div>
      <span className="bw-error" role="alert">
        {restoring.kind === "failed" ? restoring.message : ""}
      </span>
    </fieldset>
  );
}
