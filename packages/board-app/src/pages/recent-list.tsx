import { boardPath } from "@boardwalk/board-model";
import { useEffect, useRef, useState } from "react";
import {
  bestTokenOf,
  roleOf,
  type RecentBoard,
  type RecentBoards,
} from "../boards/recent-boards.ts";
import { BringBackButton } from "./bring-back-button.tsx";
import { IconButton } from "./icon-button.tsx";
import { text } from "../text/text.ts";

/** How often "5 minutes ago" is brought up to date. */
const clockIntervalMs = 60_000;

export function RecentList(props: { boards: RecentBoards; recent: readonly RecentBoard[] }) {
  const { boards, recent } = props;
  const [forgotten, setForgotten] = useState<RecentBoard | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const nowMs = useNow();

  const forget = (board: RecentBoard): void => {
    boards.forget(board.id);
    setForgotten(board);
    // The button that had the focus is gone.
    heading.current?.focus();
  };
  const restore = (board: RecentBoard): void => {
    boards.restore(board);
    setForgotten(null);
    heading.current?.focus();
  };

  const isEmpty = recent.length === 0;
  return (
    <section className="bw-recent" aria-labelledby="recent-title">
      <h2 id="recent-title" ref={heading} tabIndex={-1}>
        {isEmpty ? text.home.firstRunTitle : text.home.recentTitle}
      </h2>
      <p className="bw-note">{noteFor(boards, isEmpty)}</p>
      <output>
        {forgotten !== null && (
          <span className="bw-forgotten">
            {text.home.forgotten(forgotten.name || text.board.untitled)}{" "}
            <button type="button" className="bw-link" onClick={() => restore(forgotten)}>
              {text.home.undo}
            </button>
          </span>
        )}
      </output>
      {!isEmpty && (
        <ul className="bw-boards">
          {recent.map((board) => (
            <RecentItem
              key={board.id}
              board={board}
              boards={boards}
              nowMs={nowMs}
              onForget={forget}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function RecentItem(props: {
  board: RecentBoard;
  boards: RecentBoards;
  nowMs: number;
  onForget: (board: RecentBoard) => void;
}) {
  const { board } = props;
  const name = board.name || text.board.untitled;
  const openedAt = new Date(board.lastOpenedAtMs);
  return (
    <li data-deleted={board.deleted !== undefined}>
      <a href={addressOf(board)} className="bw-board-link">
        <span className="bw-board-name">{name}</span>
        <span className="bw-board-facts">
          {board.deleted === undefined ? (
            <>
              {text.home.role[roleOf(board)]}
              {" · "}
              <time dateTime={openedAt.toISOString()} title={openedAt.toLocaleString()}>
                {text.timeAgo(props.nowMs - board.lastOpenedAtMs)}
              </time>
            </>
          ) : (
            text.deletion.listed(board.deleted.goneAtMs, props.nowMs)
          )}
        </span>
      </a>
      {board.deleted !== undefined && (
        <BringBackButton board={board} boards={props.boards} className="bw-link" />
      )}
      <IconButton
        icon="close"
        label={text.home.forgetBoard(name)}
        onClick={() => props.onForget(board)}
      />
    </li>
  );
}

/** Without a token the page offers to make a link, which the owner's key allows. */
function addressOf(board: RecentBoard): string {
  const token = bestTokenOf(board);
  return token === null ? `/b/${board.id}` : boardPath(board.id, token);
}

function noteFor(boards: RecentBoards, isEmpty: boolean): string {
  if (!boards.isKept) return text.home.storageBlocked;
  return isEmpty ? text.home.firstRunText : text.home.recentNote;
}

function useNow(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), clockIntervalMs);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
