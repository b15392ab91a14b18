import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./app.css";
import { RecentBoards } from "./boards/recent-boards.ts";
import { Router } from "./routing/route.ts";
import { browserStorage } from "./storage/browser-storage.ts";

const storage = browserStorage();
const boards = new RecentBoards(storage);
window.addEventListener("storage", () => boards.refresh());

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");
createRoot(root).render(<App router={new Router()} boards={boards} storage={storage} />);
