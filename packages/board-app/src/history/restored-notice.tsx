import type { Version } from "@boardwalk/board-model";
import { useEffect, useRef, useState } from "react";
import { useBoard } from "../board/board-context.ts";
import { IconButton } from "../pages/icon-button.tsx";
import { text } from "../text/text.ts";
import { historyErrorText } from "./history-error-text.ts";
import { restoreVersion } from "./keep-and-restore.ts";
import "./history.css";

/** How long a notice stays that nobody answers. The history has the same way back for good. */
const noticeMs = 60_000;

type Undoing =
  | { readonly kind: "restored" | "undoing" | "undone" }
  | { readonly kind: "failed"; readonly message: string };

/** Says that the board was restored, and takes it back. */
export function RestoredNotice(props: {
  /** What the board was until then. */
  before: Version;
  onClose: () => void;
}) {
  const { before, onClose } = props;
  const { session } = useBoard();
  const [undoing, setUndoing] = useState<Undoing>({ kind: "restored" });
  const notice = useRef<HTMLElement>(null);
  // The panel in which it was restored is gone, with whatever had the focus.
  useEffect(() => notice.current?.focus(), []);
  useEffect(() => {
    if (undoing.kind === "undoing" || undoing.kind === "failed") return undefined;
    const timer = setTimeout(onClose, noticeMs);
    return () => clearTimeout(timer);
  }, [undoing.kind, onClose]);

  const undo = async (): Promise<void> => {
    if (undoing.kind === "undoing") return;
    setUndoing({ kind: "undoing" });
    try {
      await restoreVersion(session, before.id);
      setUndoing({ kind: "undone" });
    } catch (error) {
      setUndoing({ kind: "failed", message: historyErrorText(error) });
    }
  };
  const words = text.history;
  return (
    <section ref={notice} className="bw-notice" tabIndex={-1} aria-label={words.title}>
      <output>
        {undoing.kind === "failed"
          ? undoing.message
          : undoing.kind === "undone"
            ? words.undone
            : words.restored}
      </output>
      {undoing.kind !== "undone" && (
        <button
          type="button"
          className="bw-link"
          aria-disabled={undoing.kind === "undoing"}
          onClick={() => void undo()}
        >
          {undoing.kind === "undoing" ? words.undoing : words.undo}
        </button>
      )}
      <IconButton icon="close" label={text.common.close} onClick={onClose} />
    </section>
  );
}
