import type { Version } from "@boardwalk/board-model";
import { useEffect, useRef, useState } from "react";
import { OwnerApi } from "../api/owner-api.ts";
import { useBoard, useOwnerKey } from "../board/board-context.ts";
import { text } from "../text/text.ts";
import { historyErrorText } from "./history-error-text.ts";
import type { VersionDaysProps } from "./version-days.tsx";
import { VersionNameForm } from "./version-name-form.tsx";
import { versionTitle } from "./versions.ts";

/** One version in the list: what it is, and what can be done with its entry. */
export function VersionItem(props: VersionDaysProps & { version: Version; nowMs: number }) {
  const { version, nowMs, doing } = props;
  const { session } = useBoard();
  const ownerKey = useOwnerKey();
  const { id } = version;
  const title = versionTitle(version);
  const keptAtMs = Date.parse(version.createdAt);
  const words = text.history;
  if (doing.kind === "renaming" && doing.versionId === id) {
    return (
      <li>
        <VersionNameForm
          label={words.renameVersion(title)}
          name={version.name}
          hint={words.renameHint}
          submit={words.saveName}
          isRequired={false}
          onSave={async (name) => {
            await session.versions.rename(id, name);
            await props.onChanged();
          }}
          onCancel={props.onStop}
        />
      </li>
    );
  }
  return (
    <li className="bw-version" data-shown={id === props.shownId}>
      <button
        type="button"
        className="bw-version-open"
        data-version={id}
        aria-current={id === props.shownId}
        onClick={() => props.onShow(version)}
      >
        <span className="bw-version-title">{title}</span>
        <span className="bw-fact">
          <time dateTime={version.createdAt} title={text.dayAndTime(keptAtMs)}>
            {text.clock(keptAtMs)}
          </time>
          {`, ${text.timeAgo(nowMs - keptAtMs)}`}
          {version.authors.length > 0 && ` · ${text.list(version.authors)}`}
        </span>
        <span className="bw-fact">
          {words.counts(version.shapes, version.pages)}
          {` · ${words.difference(version.shapes - props.shapesNow)}`}
        </span>
      </button>
      {doing.kind === "deleting" && doing.versionId === id && ownerKey !== null ? (
        <DeleteQuestion
          title={title}
          onDelete={async () => {
            await new OwnerApi(session.boardId, ownerKey).deleteVersion(id);
            await props.onChanged();
          }}
          onCancel={props.onStop}
        />
      ) : (
        <div className="bw-link-actions">
          {props.mayChange && (
            <button
              type="button"
              className="bw-link"
              aria-label={words.renameVersion(title)}
              onClick={() => props.onDo({ kind: "renaming", versionId: id })}
            >
              {words.rename}
            </button>
          )}
          {ownerKey !== null && (
            <button
              type="button"
              className="bw-link bw-link-danger"
              aria-label={words.deleteVersion(title)}
              onClick={() => props.onDo({ kind: "deleting", versionId: id })}
            >
              {words.delete}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function DeleteQuestion(props: {
  title: string;
  onDelete: () => Promise<void>;
  onCancel: () => void;
}) {
  const [failure, setFailure] = useState<string | null>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  const words = text.history;
  const remove = async (): Promise<void> => {
    try {
      // On success this goes with the version.
      await props.onDelete();
    } catch (error) {
      setFailure(historyErrorText(error));
    }
  };
  return (
    <fieldset className="bw-question" aria-label={words.deleteVersion(props.title)}>
      <p>{words.deleteQuestion}</p>
      <div className="bw-link-actions">
        <button type="button" className="bw-button bw-button-danger" onClick={() => void remove()}>
          {words.delete}
        </button>
        <button ref={cancel} type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
      </div>
      <span className="bw-error" role="alert">
        {failure ?? ""}
      </span>
    </fieldset>
  );
}
