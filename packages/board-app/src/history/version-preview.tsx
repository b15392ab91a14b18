import type { Version } from "@boardwalk/board-model";
import { useEffect, useRef, useState } from "react";
import { useValue, type Editor, type TLPageId } from "tldraw";
import { useBoard } from "../board/board-context.ts";
import { openVersion, type OpenVersion } from "../canvas/open-version.ts";
import { VersionCanvas } from "../canvas/version-canvas.tsx";
import { IconButton } from "../pages/icon-button.tsx";
import { text } from "../text/text.ts";
import { historyErrorText } from "./history-error-text.ts";
import { RestoreQuestion } from "./restore-question.tsx";
import { versionTitle } from "./versions.ts";

type Opening =
  | { readonly kind: "reading" }
  | { readonly kind: "shown"; readonly opened: OpenVersion }
  | { readonly kind: "failed"; readonly message: string };

/** One version as it would be restored, before the board as it is now. Another one wants another `key`. */
export function VersionPreview(props: {
  version: Version;
  /** The page to begin with, where the version has it. */
  pageId: string;
  licenseKey: string | undefined;
  mayRestore: boolean;
  isAsking: boolean;
  onAsk: () => void;
  onCancel: () => void;
  onHide: () => void;
  onRestored: (before: Version) => void;
}) {
  const { version, mayRestore } = props;
  const { opening, retry } = useOpenVersion(version.id);
  const [editor, setEditor] = useState<Editor | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const keptAtMs = Date.parse(version.createdAt);
  const words = text.history;
  return (
    <section className="bw-preview" aria-label={words.preview}>
      <header>
        <IconButton icon="back" label={words.back} onClick={props.onHide} />
        <div className="bw-preview-title">
          <h2 ref={heading} tabIndex={-1}>
            {versionTitle(version)}
          </h2>
          <span className="bw-fact">{text.dayAndTime(keptAtMs)}</span>
        </div>
        {editor !== null && <View editor={editor} />}
        {mayRestore && !props.isAsking && (
          <button
            type="button"
            className="bw-button bw-button-primary"
            data-restore
            onClick={props.onAsk}
          >
            {words.restore}
          </button>
        )}
      </header>
      {props.isAsking && (
        <RestoreQuestion
          versionId={version.id}
          onCancel={props.onCancel}
          onRestored={props.onRestored}
        />
      )}
      <div className="bw-preview-canvas">
        {opening.kind === "reading" && <output className="bw-preview-note">{words.reading}</output>}
        {opening.kind === "failed" && (
          <div className="bw-preview-note">
            <p className="bw-error" role="alert">
              {opening.message}
            </p>
            <button type="button" className="bw-button" onClick={retry}>
              {text.common.tryAgain}
            </button>
          </div>
        )}
        {opening.kind === "shown" && (
          <VersionCanvas
            version={opening.opened}
            licenseKey={props.licenseKey}
            pageId={props.pageId}
            onEditor={setEditor}
          />
        )}
      </div>
      {opening.kind === "shown" && opening.opened.isIncomplete && (
        <p className="bw-preview-hint">{words.incomplete}</p>
      )}
    </section>
  );
}

/** Reads a version and holds it open as long as it is shown. */
function useOpenVersion(versionId: string): { opening: Opening; retry: () => void } {
  const { session } = useBoard();
  const [attempt, setAttempt] = useState(1);
  const [opening, setOpening] = useState<Opening>({ kind: "reading" });
  useEffect(() => {
    let isWanted = true;
    let opened: OpenVersion | null = null;
    const open = async (): Promise<void> => {
      try {
        const update = await session.versions.read(versionId);
        if (!isWanted) return;
        opened = openVersion(update, session.pictures);
        setOpening({ kind: "shown", opened });
      } catch (error) {
        if (isWanted) setOpening({ kind: "failed", message: historyErrorText(error) });
      }
    };
    void open();
    return () => {
      isWanted = false;
      opened?.close();
    };
  }, [session, versionId, attempt]);
  const retry = (): void => {
    setOpening({ kind: "reading" });
    setAttempt(attempt + 1);
  };
  return { opening, retry };
}

/** Which page, and how near. */
function View({ editor }: { editor: Editor }) {
  const pages = useValue("pages", () => editor.getPages(), [editor]);
  const pageId = useValue("page", () => editor.getCurrentPageId(), [editor]);
  const isEmpty = useValue("is empty", () => editor.getCurrentPageShapeIds().size === 0, [editor]);
  const words = text.history;
  return (
    <div className="bw-preview-view">
      {isEmpty && <span className="bw-fact">{words.emptyPage}</span>}
      {pages.length > 1 && (
        <select
          className="bw-input"
          aria-label={words.page}
          value={pageId}
          onChange={(event) => {
            editor.setCurrentPage(event.currentTarget.value as TLPageId);
            editor.zoomToFit();
          }}
        >
          {pages.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
      <IconButton icon="minus" label={words.zoomOut} onClick={() => editor.zoomOut()} />
      <IconButton icon="plus" label={words.zoomIn} onClick={() => editor.zoomIn()} />
      <IconButton icon="fit" label={words.zoomToFit} onClick={() => editor.zoomToFit()} />
    </div>
  );
}
