import type * as Y from "yjs";
import { recordsName } from "./board-document.ts";

/** Version of the document's layout; a document with a higher one is not for this code to write to. */
export const boardFormat = 1;

/** What a board's document says of the board as a whole. */
export class BoardInfo {
  readonly #board: Y.Map<unknown>;
  readonly #records: Y.Map<unknown>;

  constructor(doc: Y.Doc) {
    this.#board = doc.getMap("board");
    this.#records = doc.getMap(recordsName);
  }

  /** The board's name; empty when it has none. */
  get name(): string {
    const name = this.#board.get("name");
    return typeof name === "string" ? name : "";
  }

  set name(name: string) {
    if (name !== this.name) this.#board.set("name", name);
  }

  /** null while nothing of the board is here yet. */
  get format(): number | null {
    const format = this.#board.get("format");
    return typeof format === "number" ? format : null;
  }

  /** The canvas's schema that the records are written in, as its own JSON; null when absent. */
  get schema(): unknown {
    const schema = this.#board.get("schema");
    if (typeof schema !== "string") return null;
    try {
      return JSON.parse(schema) as unknown;
    } catch {
      return null;
    }
  }

  /** How many shapes and pages there are, readable or not. Looks at every key. */
  count(): { shapes: number; pages: number } {
    let shapes = 0;
    let pages = 0;
    for (const key of this.#records.keys()) {
      if (key.includes("/")) continue;
      if (key.startsWith("shape:")) shapes++;
      else if (key.startsWith("page:")) pages++;
    }
    return { shapes, pages };
  }

  observe(listener: () => void): () => void {
    this.#board.observe(listener);
    return () => this.#board.unobserve(listener);
  }
}
