import type { Link } from "@boardwalk/board-model";
import { useState } from "react";
import { apiErrorText } from "../api/api-error-text.ts";
import { useBoard } from "../board/board-context.ts";
import { Question } from "../board/question.tsx";
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
  return (
    <Question
      label={words.revokeLink(linkName(link))}
      yes={words.revoke}
      yesBusy={words.revoke}
      isDangerous
      onYes={props.onRevoke}
      onCancel={props.onCancel}
      errorText={apiErrorText}
    >
      {words.revokeQuestion(link.peopleHere)}
      {link.id === "edit" && ` ${words.revokeDerived}`}
    </Question>
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
    words.made(nowMs - Date.parse(link.createdAt)),
    use,
    expiry,
    link.hasPassword ? words.withPassword : null,
  ];
  return facts.filter((fact) => fact !== null).join(" · ");
}
