import { useSyncExternalStore } from "react";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { ownKeys } from "../board/own-keys.ts";
import { text } from "../text/text.ts";
import { badgeHint, badgeText, isOffline } from "./save-badge.ts";

/** Whether this person's work is saved. Seen at every change, heard only when it matters. */
export function SaveBadgeView() {
  const { badge: settled, session } = useBoard();
  const { badge, announcement } = useSyncExternalStore(settled.subscribe, settled.getView);
  const role = useSessionState(session, "role");
  // Who cannot change anything has nothing to save.
  const isShown = role !== "view" || !(badge.kind === "saved" || badge.kind === "saving");
  return (
    <>
      {isShown && (
        <span className="bw-badge" data-kind={badge.kind} data-testid="save-badge">
          <span className="bw-badge-dot" aria-hidden="true" />
          <span className="bw-badge-text" title={badgeHint(badge)}>
            {badgeText(badge)}
          </span>
          {isOffline(badge) && (
            <button
              {...ownKeys}
              type="button"
              className="bw-link"
              onClick={() => session.reconnectNow()}
            >
              {text.badge.tryNow}
            </button>
          )}
        </span>
      )}
      <output className="bw-visually-hidden" aria-live="polite">
        {announcement}
      </output>
    </>
  );
}
