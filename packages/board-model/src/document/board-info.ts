import type * as Y from "yjs";
import { isNewerThanCanvas } from "./canvas-schema.ts";
import { formOf, parseSchema, type CanvasSchema } from "./record-forms.ts";
import { recordsName } from "./record-key.ts";

/** Version of the document's layout; a document with a higher one is not for this code to write to. */
export const boardFormat = 1;

const schemaKey = "schema";

/** Whether a key of the `board` map says in which forms the records are. */
export function isSchemaKey(key: string): boolean {
  return key === schemaKey || key.startsWith(`${schemaKey}/`);
}

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

  /** The newest schema that records are written in; null when none can be read. */
  get schema(): CanvasSchema | null {
    return [...this.schemas.values()].at(-1) ?? null;
  }

  /**
   * Every schema that the board has had, by the number of its form, oldest first. Keys and bases that
   * say no form are in the oldest.
   */
  get schemas(): Map<number, CanvasSchema> {
    const schemas: [number, CanvasSchema][] = [];
    for (const [key, value] of this.#board) {
      const schema =
        key === schemaKey || key.startsWith(`${schemaKey}/`) ? parseSchema(value) : null;
      if (schema !== null) schemas.push([formOf(schema), schema]);
    }
    return new Map(schemas.toSorted(([a], [b]) => a - b));
  }

  /** Whether a canvas with this schema may only look at the board. */
  isNewerThan(canvas: CanvasSchema): boolean {
    return [...this.schemas.values()].some((schema) => isNewerThanCanvas(schema, canvas));
  }

  /**
   * Says that records are written in a newer schema from now on. All that the board has had stay:
   * two pages of different versions may say so at once, and records keep the form they were written in.
   */
  addSchema(schema: CanvasSchema): void {
    for (const had of [...this.schemas.values(), schema]) {
      const key = `${schemaKey}/${formOf(had)}`;
      if (!this.#board.has(key)) this.#board.set(key, JSON.stringify(had));
    }
    this.#board.set(schemaKey, JSON.stringify(schema));
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
