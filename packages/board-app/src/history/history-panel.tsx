import { canEdit, type Version } from "@boardwalk/board-model";
import { Dialog } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import { useValue, type Editor } from "tldraw";
import { useBoard, useSessionState } from "../board/board-context.ts";
import { useDialogs } from "../board/board-dialogs.ts";
import { Icon } from "../pages/icon.tsx";
import { text } from "../text/text.ts";
import { keepVersion } from "./keep-and-restore.ts";
import { useVersions } from "./use-versions.ts";
import { VersionDays } from "./version-days.tsx";
import { VersionNameForm } from "./version-name-form.tsx";
import { VersionPreview } from "./version-preview.tsx";
import "./history.css";

/** What is being done besides looking around; Escape ends it first. */
export type Doing =
  | { readonly kind: "nothing" | "keeping" | "asking" }
  | { readonly kind: "renaming" | "deleting"; readonly versionId: string };

const nothing: Doing = { kind: "nothing" };

/** The board's past beside the board, and before it where a version is looked at. */
export function HistoryPanel(props: {
  /** The board's own: what the board is now, beside which the versions are put. */
  editor: Editor;
  licenseKey: string | undefined;
  onRestored: (before: Version) => void;
}) {
  const { editor, licenseKey, onRestored } = props;
  const { session } = useBoard();
  const role = useSessionState(session, "role");
  const { show, returnFocus } = useDialogs();
  const { versions, failure, refresh } = useVersions(session.versions);
  const [shown, setShown] = useState<Version | null>(null);
  const [doing, setDoing] = useState<Doing>(nothing);
  const [told, setTold] = useState("");
  const content = useRef<HTMLDivElement>(null);
  /** Where the focus goes when what has it now is gone. */
  const nextFocus = useRef<string | null>(null);
  const isRestored = useRef(false);
  useEffect(() => {
    if (nextFocus.current === null) return;
    content.current?.querySelector<HTMLElement>(nextFocus.current)?.focus();
    nextFocus.current = null;
  }, [shown, doing]);
  const shapesNow = useValue("shapes now", () => countOf(editor, "shape"), [editor]);
  const pagesNow = useValue("pages now", () => countOf(editor, "page"), [editor]);
  const mayEdit = role !== null && canEdit(role);

  const stopDoing = (): void => {
    if (doing.kind === "keeping") nextFocus.current = "[data-keep]";
    if (doing.kind === "asking") nextFocus.current = "[data-restore]";
    if (doing.kind === "renaming" || doing.kind === "deleting") {
      nextFocus.current = versionSelector(doing.versionId);
    }
    setDoing(nothing);
  };
  const hide = (): void => {
    if (shown !== null) nextFocus.current = versionSelector(shown.id);
    setDoing(nothing);
    setShown(null);
  };
  const words = text.history;
  return (
    <Dialog.Root open onOpenChange={() => show(null)}>
      <Dialog.Portal>
        <Dialog.Overlay className="bw-history-shade" />
        <Dialog.Content
          ref={content}
          className="bw-history"
          data-previewing={shown !== null}
          aria-describedby={undefined}
          // The panel itself, so that its title is what is read first.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            content.current?.focus();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // Then the notice of it has taken the focus.
            if (!isRestored.current) returnFocus();
          }}
          onEscapeKeyDown={(event) => {
            if (doing.kind === "nothing" && shown === null) return;
            event.preventDefault();
            if (doing.kind === "nothing") hide();
            else stopDoing();
          }}
        >
          {shown !== null && (
            <VersionPreview
              key={shown.id}
              version={shown}
              pageId={editor.getCurrentPageId()}
              licenseKey={licenseKey}
              mayRestore={mayEdit}
              isAsking={doing.kind === "asking"}
              onAsk={() => setDoing({ kind: "asking" })}
              onCancel={stopDoing}
              onHide={hide}
              onRestored={(before) => {
                isRestored.current = true;
                onRestored(before);
                show(null);
              }}
            />
          )}
          <div className="bw-history-list">
            <header>
              <Dialog.Title>{words.title}</Dialog.Title>
              <Dialog.Close className="bw-icon-button" aria-label={text.common.close}>
                <Icon name="close" />
              </Dialog.Close>
            </header>
            <p className="bw-fact">{words.now(shapesNow, pagesNow)}</p>
            {doing.kind === "keeping" ? (
              <VersionNameForm
                label={words.keep}
                name=""
                hint={words.keepHint}
                submit={words.keepNow}
                isRequired
                onSave={async (name) => {
                  await keepVersion(session, { kind: "named", name });
                  await refresh();
                  setTold(words.kept);
                  stopDoing();
                }}
                onCancel={stopDoing}
              />
            ) : (
              mayEdit && (
                <button
                  type="button"
                  className="bw-button"
                  data-keep
                  onClick={() => {
                    setTold("");
                    setDoing({ kind: "keeping" });
                  }}
                >
                  {words.keep}
                </button>
              )
            )}
            <output className="bw-fact">{mayEdit ? told : words.mayOnlyLook}</output>
            {failure !== null && (
              <div className="bw-history-failure">
                <p className="bw-error" role="alert">
                  {failure}
                </p>
                <button type="button" className="bw-button" onClick={() => void refresh()}>
                  {text.common.tryAgain}
                </button>
              </div>
            )}
            {versions === null && failure === null && <p className="bw-fact">{words.loading}</p>}
            {versions?.length === 0 && <p className="bw-fact">{words.empty}</p>}
            {versions !== null && (
              <VersionDays
                versions={versions}
                shapesNow={shapesNow}
                shownId={shown?.id ?? null}
                doing={doing}
                mayChange={mayEdit}
                onDo={setDoing}
                onStop={stopDoing}
                onShow={(version) => {
                  setDoing(nothing);
                  setShown(version);
                }}
                onChanged={async () => {
                  await refresh();
                  stopDoing();
                }}
              />
            )}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function versionSelector(versionId: string): string {
  return `[data-version="${CSS.escape(versionId)}"]`;
}

function countOf(editor: Editor, typeName: "shape" | "page"): number {
  return editor.store.query.ids(typeName).get().size;
}
