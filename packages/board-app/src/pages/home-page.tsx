import { boardPath } from "@boardwalk/board-model";
import { useEffect, useState, useSyncExternalStore } from "react";
import { ApiError } from "../api/api-error.ts";
import { createBoard } from "../api/board-api.ts";
import type { RecentBoards } from "../boards/recent-boards.ts";
import { text } from "../text/text.ts";
import { Logo } from "./logo.tsx";
import { UseOwnerKey } from "./use-owner-key.tsx";
import { RecentList } from "./recent-list.tsx";
import "./pages.css";

export function HomePage({ boards }: { boards: RecentBoards }) {
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
          <NewBoard boards={boards} />
        </section>
        <RecentList boards={boards} recent={recent} />
        <UseOwnerKey boards={boards} />
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

type Creation =
  | { readonly kind: "idle" }
  | { readonly kind: "busy" }
  | { readonly kind: "failed"; readonly message: string };

function NewBoard({ boards }: { boards: RecentBoards }) {
  const [creation, setCreation] = useState<Creation>({ kind: "idle" });

  // Coming back by the browser's history may show this page as it was left.
  useEffect(() => {
    const onPageShow = (): void => setCreation({ kind: "idle" });
    window.addEventListener("pageshow", onPageShow);
    return () => window.removeEventListener("pageshow", onPageShow);
  }, []);

  const create = async (): Promise<void> => {
    if (creation.kind === "busy") return;
    setCreation({ kind: "busy" });
    try {
      const board = await createBoard();
      boards.rememberCreated(board, Date.now());
      window.location.assign(boardPath(board.id, board.editToken));
    } catch (error) {
      setCreation({ kind: "failed", message: creationMessage(error) });
    }
  };

  const isBusy = creation.kind === "busy";
  return (
    <>
      <button
        type="button"
        className="bw-button bw-button-primary bw-button-large"
        aria-disabled={isBusy}
        onClick={() => void create()}
      >
        {isBusy ? text.home.creating : text.home.newBoard}
      </button>
      <p className="bw-error" role="alert">
        {creation.kind === "failed" ? creation.message : ""}
      </p>
    </>
  );
}

function creationMessage(error: unknown): string {
  const words = text.createErrors;
  if (!(error instanceof ApiError)) return words.other("PAGE");
  switch (error.code) {
    case "OFFLINE":
      return words.offline;
    case "TOO_MANY_REQUESTS":
      return words.tooMany;
    case "STORE_FULL":
      return words.full;
    case "STORE_UNAVAILABLE":
    case "SHUTTING_DOWN":
      return words.unavailable;
    default:
      return words.other(error.code);
  }
}
