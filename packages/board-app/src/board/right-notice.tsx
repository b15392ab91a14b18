import { useEffect, useRef, useState } from "react";
import { IconButton } from "../pages/icon-button.tsx";
import { text } from "../text/text.ts";
import { useBoard, useSessionState } from "./board-context.ts";

/** How long it stays that nobody closes; the chip beside the board's name says how things are. */
const noticeMs = 30_000;

/** Says what the board's owner has changed about what may be done here, when it happens. */
export function RightNotice() {
  const linkRole = useSessionState(useBoard().session, "linkRole");
  const locked = useSessionState(useBoard().session, "locked");
  const before = useRef({ linkRole, locked: false });
  const [change, setChange] = useState<string | null>(null);

  useEffect(() => {
    const earlier = before.current;
    before.current = { linkRole, locked };
    const words = text.board;
    if (linkRole === null) return;
    if (earlier.linkRole !== null && earlier.linkRole !== linkRole) {
      setChange(linkRole === "view" ? words.mayOnlyLookNow : words.mayEditNow);
    } else if (earlier.locked !== locked && linkRole === "edit") {
      setChange(locked ? words.lockedHint : words.unlocked);
    }
  }, [linkRole, locked]);

  useEffect(() => {
    if (change === null) return undefined;
    const timer = setTimeout(() => setChange(null), noticeMs);
    return () => clearTimeout(timer);
  }, [change]);

  return (
    <section className="bw-notice" aria-label={text.board.right} hidden={change === null}>
      <output>{change}</output>
      <IconButton icon="close" label={text.common.close} onClick={() => setChange(null)} />
    </section>
  );
}
