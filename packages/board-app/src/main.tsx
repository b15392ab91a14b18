import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./app.css";
import { RecentBoards } from "./boards/recent-boards.ts";
import { Router } from "./routing/route.ts";
import { browserStorage } from "./storage/browser-storage.ts";

// After an update of the server an open page may ask for a file that is no more; what is new has it.
window.addEventListener("vite:preloadError", () => window.location.reload());
// Browsers offer service workers only over https and on localhost; elsewhere the page needs the network.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  navigator.serviceWorker.register("/sw.js").catch((cause: unknown) => {
    // The page works without it; whoever looks into it wants the reason.
    console.warn("The page will not open offline.", cause);
  });
}

const storage = browserStorage();
const boards = new RecentBoards(storage);
window.addEventListener("storage", () => boards.refresh());

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");
createRoot(root).render(<App router={new Router()} boards={boards} storage={storage} />);
