import { useBoard, useSessionState } from "../board/board-context.ts";
import { useDialogs } from "../board/board-dialogs.ts";
import { ownKeys } from "../board/own-keys.ts";
import { Icon } from "../pages/icon.tsx";
import { text } from "../text/text.ts";

export function ShareButton() {
  const role = useSessionState(useBoard().session, "role");
  const { show } = useDialogs();
  return (
    <button
      {...ownKeys}
      type="button"
      className="bw-button bw-button-primary bw-share-button"
      disabled={role === null}
      onClick={() => show("share")}
    >
      <Icon name="share" />
      {text.share.button}
    </button>
  );
}
