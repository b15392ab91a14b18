import { text } from "../text/text.ts";
import "./pages.css";

/** Shown while a board is on its way. Appears late, so that a fast one does not flash it. */
export function OpeningPage() {
  return (
    <main className="bw-opening">
      <span className="bw-spinner" aria-hidden="true" />
      <output>{text.pages.opening}</output>
    </main>
  );
}
