import type { Link, Links } from "@boardwalk/board-model";
import { useCallback, useEffect, useId, useMemo, useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { OwnerApi } from "../api/owner-api.ts";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { downloadFile } from "../files/download.ts";
import { text } from "../text/text.ts";
import { DeleteBoard } from "./delete-board.tsx";
import { DownloadArchive } from "./download-archive.tsx";
import { LinkForm } from "./link-form.tsx";
import { LinkItem } from "./link-item.tsx";
import { ownerKeyFile } from "./owner-key-file.ts";

/** How often the list is read again while it is shown: who is here changes by itself. */
const refreshIntervalMs = 4_000;

type Editing =
  | { readonly kind: "none" }
  | { readonly kind: "new" }
  | { readonly kind: "link"; readonly link: Link };

/** All links of the board, its lock, and the key itself. For its owner only. */
export function OwnerPanel({ ownerKey }: { ownerKey: string }) {
  const { boards, session } = useBoard();
  const boardName = useSessionState(session, "boardName");
  const { boardId } = session;
  const owner = useMemo(() => new OwnerApi(boardId, ownerKey), [boardId, ownerKey]);
  const { links, failure, act } = useLinks(owner);
  const lockId = useId();
  const [wantsLock, setWantsLock] = useState<boolean | null>(null);
  const [editing, setEditing] = useState<Editing>({ kind: "none" });
  const words = text.owner;

  if (editing.kind !== "none") {
    const link = editing.kind === "link" ? editing.link : null;
    return (
      <LinkForm
        link={link}
        onCancel={() => setEditing({ kind: "none" })}
        onSave={async (request) => {
          if (link !== null) await owner.changeLink(link.id, request);
          else {
            const made = await owner.makeLink({ role: "view", ...request });
            boards.rememberLink(boardId, made.id, made.token);
          }
          await act(async () => {});
          setEditing({ kind: "none" });
        }}
      />
    );
  }
  /** Shown as done while it is on its way, and as it is when it has failed. */
  const setLocked = async (locked: boolean): Promise<void> => {
    setWantsLock(locked);
    await act(() => owner.setLocked(locked));
    setWantsLock(null);
  };
  const saveKey = (): void => {
    const file = ownerKeyFile({ boardId, name: boardName, ownerKey, origin: location.origin });
    downloadFile(file.blob, file.name);
  };
  return (
    <div className="bw-owner">
      <div className="bw-lock">
        <input
          id={lockId}
          type="checkbox"
          aria-describedby={`${lockId}-hint`}
          checked={wantsLock ?? links?.locked ?? false}
          disabled={links === null}
          onChange={(event) => {
            const { checked } = event.currentTarget;
            void setLocked(checked);
          }}
        />
        <div>
          <label htmlFor={lockId}>{words.lock}</label>
          <span id={`${lockId}-hint`} className="bw-fact">
            {words.lockHint}
          </span>
        </div>
      </div>
      {links === null && failure === null && <p className="bw-fact">{words.loading}</p>}
      {links !== null && (
        <ul className="bw-links" aria-label={words.tab}>
          {links.links.map((link) => (
            <LinkItem
              key={link.id}
              link={link}
              onChange={() => setEditing({ kind: "link", link })}
              onRevoke={async () => {
                await owner.revokeLink(link.id);
                await act(async () => {});
              }}
            />
          ))}
        </ul>
      )}
      <p className="bw-error" role="alert">
        {failure ?? ""}
      </p>
      <div className="bw-owner-actions">
        <button
          type="button"
          className="bw-button bw-button-primary"
          disabled={links === null}
          onClick={() => setEditing({ kind: "new" })}
        >
          {words.newLink}
        </button>
        <button type="button" className="bw-button" onClick={saveKey}>
          {words.saveKey}
        </button>
      </div>
      <p className="bw-fact">{words.keyHint}</p>
      <DownloadArchive owner={owner} />
      <DeleteBoard owner={owner} />
    </div>
  );
}

/** The links as the server has them, and a way to do something and see what became of it. */
function useLinks(owner: OwnerApi) {
  const [links, setLinks] = useState<Links | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const act = useCallback(
    async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
        setLinks(await owner.links());
        setFailure(null);
      } catch (error) {
        setFailure(apiErrorText(error));
      }
    },
    [owner],
  );
  useEffect(() => {
    const read = (): void => void act(async () => {});
    read();
    const timer = setInterval(read, refreshIntervalMs);
    return () => clearInterval(timer);
  }, [act]);
  return { links, failure, act };
}
