import type { Link } from "@boardwalk/board-model";
import { useEffect, useRef, useState } from "react";
import { useBoard } from "../board/board-context.ts";
import { text } from "../text/text.ts";
import { linkAddress } from "./board-links.ts";
import { copyText } from "./clipboard.ts";

export function linkName(link: Pick<Link, "name" | "role">): string {
  const words = text.share;
  return link.name || (link.role === "edit" ? words.editLink : words.viewLink);
}

/** One link in the owner's list. */
export function LinkItem(props: {
  link: Link;
  onChange: () => void;
  onRevoke: () => Promise<void>;
}) {
  const { link } = props;
  const [isAsking, setIsAsking] = useState(false);
  const name = linkName(link);
  const words = text.owner;
  return (
    <li>
      <div className="bw-link-head">
        <span className="bw-link-name">{name}</span>
        <span className="bw-fact">{factsOf(link)}</span>
      </div>
      {isAsking ? (
        <RevokeQuestion link={link} onRevoke={props.onRevoke} onCancel={() => setIsAsking(false)} />
      ) : (
        <div className="bw-link-actions">
          <CopyButton link={link} />
          <button
            type="button"
            className="bw-link"
            aria-label={words.changeLink(name)}
            onClick={props.onChange}
          >
            {words.change}
          </button>
          <button
            type="button"
            className="bw-link bw-link-danger"
            aria-label={words.revokeLink(name)}
            onClick={() => setIsAsking(true)}
          >
            {words.revoke}
          </button>
        </div>
      )}
    </li>
  );
}

function RevokeQuestion(props: {
  link: Link;
  onRevoke: () => Promise<void>;
  onCancel: () => void;
}) {
  const { link } = props;
  const words = text.owner;
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  return (
    <fieldset className="bw-question" aria-label={words.revokeLink(linkName(link))}>
      <p>
        {words.revokeQuestion(link.peopleHere)}
        {link.id === "edit" && ` ${words.revokeDerived}`}
      </p>
      <div className="bw-link-actions">
        <button
          type="button"
          className="bw-button bw-button-danger"
          onClick={() => {
            void props.onRevoke();
          }}
        >
          {words.revoke}
        </button>
        <button ref={cancel} type="button" className="bw-button" onClick={props.onCancel}>
          {text.common.cancel}
        </button>
      </div>
    </fieldset>
  );
}

/** Only where the link was made in this browser: the server keeps no token that it could show. */
function CopyButton({ link }: { link: Link }) {
  const { boards, session } = useBoard();
  const [isCopied, setIsCopied] = useState(false);
  const words = text.owner;
  const token = boards.find(session.boardId)?.linkTokens?.[link.id];
  if (token === undefined) return <span className="bw-fact">{words.notCopyable}</span>;
  const copy = async (): Promise<void> => {
    setIsCopied(await copyText(linkAddress(window.location.origin, session.boardId, token)));
  };
  return (
    <>
      <button
        type="button"
        className="bw-link"
        aria-label={words.copyLink(linkName(link))}
        onClick={() => void copy()}
      >
        {isCopied ? text.share.copied : text.share.copy}
      </button>
      <output className="bw-visually-hidden">{isCopied ? text.share.copied : ""}</output>
    </>
  );
}

function factsOf(link: Link): string {
  const words = text.owner;
  const nowMs = Date.now();
  const use =
    link.peopleHere > 0
      ? words.here(link.peopleHere)
      : link.lastUsedAt === null
        ? words.neverUsed
        : words.lastUsed(nowMs - Date.parse(link.lastUsedAt));
  const expiry = link.expiresAt === null ? null : words.expiry(Date.parse(link.expiresAt), nowMs);
  const facts = [
    link.name === "" ? null : words.role[link.role],
    use,
    expiry,
    link.hasPassword ? words.withPassword : null,
  ];
  return facts.filter((fact) => fact !== null).join(" · ");
}
