import { isSignedToken } from "@boardwalk/board-model";
import { lazy, Suspense, useSyncExternalStore } from "react";
import { bestTokenOf, type RecentBoards } from "./boards/recent-boards.ts";
import { CrashBoundary } from "./pages/crash-boundary.tsx";
import { HomePage } from "./pages/home-page.tsx";
import { NewLinkButton } from "./pages/new-link-button.tsx";
import { MessagePage } from "./pages/message-page.tsx";
import { OpeningPage } from "./pages/opening-page.tsx";
import type { Router } from "./routing/route.ts";
import type { BrowserStorage } from "./storage/browser-storage.ts";
import { text } from "./text/text.ts";

// The start page ships neither the canvas nor the sync session.
const BoardPage = lazy(async () => ({
  default: (await import("./board/board-page.tsx")).BoardPage,
}));

export interface AppProps {
  readonly router: Router;
  readonly boards: RecentBoards;
  readonly storage: BrowserStorage | null;
}

export function App(props: AppProps) {
  return (
    <CrashBoundary isWorkKept={() => true}>
      <Suspense fallback={<OpeningPage />}>
        <CurrentPage {...props} />
      </Suspense>
    </CrashBoundary>
  );
}

function CurrentPage({ router, boards, storage }: AppProps) {
  const route = useSyncExternalStore(
    (listener) => router.subscribe(listener),
    () => router.route,
  );
  switch (route.page) {
    case "home":
      return <HomePage boards={boards} storage={storage} />;
    case "board": {
      const { boardId } = route;
      const known = boards.find(boardId);
      const token = route.token ?? (known === null ? null : bestTokenOf(known));
      if (token === null) {
        return (
          <MessagePage
            {...(known === null ? text.pages.incompleteLink : text.pages.noLinkLeft)}
            action={known !== null && <NewLinkButton board={known} boards={boards} />}
          />
        );
      }
      return (
        <BoardPage
          // A signed token is followed by a fresh one of the same person.
          key={isSignedToken(token) ? boardId : `${boardId}#${token}`}
          boardId={boardId}
          token={token}
          boards={boards}
          storage={storage}
        />
      );
    }
    case "not-found":
      return <MessagePage {...text.pages.notFound} />;
  }
}
