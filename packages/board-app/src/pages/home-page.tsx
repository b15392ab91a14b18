import { useEffect, useSyncExternalStore } from "react";
import type { RecentBoards } from "../boards/recent-boards.ts";
import type { BrowserStorage } from "../storage/browser-storage.ts";
import { text } from "../text/text.ts";
import { Logo } from "./logo.tsx";
import { NewBoard } from "./new-board.tsx";
import { OpenArchive } from "./open-archive.tsx";
import { UseOwnerKey } from "./use-owner-key.tsx";
import { RecentList } from "./recent-list.tsx";
import "./pages.css";

export function HomePage(props: { boards: RecentBoards; storage: BrowserStorage | null }) {
  const { boards, storage } = props;
  const recent = useSyncExternalStore(
    (listener) => boards.subscribe(listener),
    () => boards.boards,
  );
  useEffect(() => {
    document.title = text.product;
  }, []);
  return (
    <div className="bw-page bw-home">
      <header className="bw-page-header">
        <span className="bw-brand">
          <Logo />
          {text.product}
        </span>
      </header>
      <main>
        <section className="bw-hero">
          <h1>{text.home.title}</h1>
          <p>{text.home.pitch}</p>
          <NewBoard boards={boards} storage={storage} />
        </section>
        <RecentList boards={boards} recent={recent} />
        <UseOwnerKey boards={boards} />
        <OpenArchive boards={boards} storage={storage} />
      </main>
      <footer className="bw-footer">
        <a href="https://tldraw.dev" rel="noreferrer">
          {text.home.madeWith}
        </a>
        <a href="/LICENSE-tldraw.md">{text.home.licence}</a>
      </footer>
    </div>
  );
}
