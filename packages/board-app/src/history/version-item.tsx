import type { Version } from "@boardwalk/board-model";
import { OwnerApi } from "../api/owner-api.ts";
import { useBoard, useOwnerKey } from "../board/board-context.ts";
import { Question } from "../board/question.tsx";
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
        <Question
          label={words.deleteVersion(title)}
          yes={words.delete}
          yesBusy={words.deleting}
          isDangerous
          onYes={async () => {
            await new OwnerApi(session.boardId, ownerKey).deleteVersion(id);
            await props.onChanged();
          }}
          onCancel={props.onStop}
          errorText={historyErrorText}
        >
          {words.deleteQuestion}
        </Question>
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
