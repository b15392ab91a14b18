import type { BoardInfo } from "./board-info.ts";
import { formOf, type CanvasSchema, type RecordForms } from "./record-forms.ts";
import type { KeyForm } from "./record-key.ts";
import type { BoardRecord } from "./record.ts";

/**
 * The forms that a board's records are written in, from that of its first canvas to that of this
 * one. Records stay in the form they were written in and are migrated where they are read: pages of
 * different ages see the same without a word, whoever may only look sees it too, and what comes
 * late from an older page that was offline needs nothing else.
 */
export class FormHistory {
  readonly #info: BoardInfo;
  readonly #canvas: RecordForms | null;
  readonly #stop: () => void;
  /** By the number of their form, oldest first. */
  #schemas: ReadonlyMap<number, CanvasSchema> = new Map();
  #firstForm = 0;
  #newestForm = 0;

  constructor(info: BoardInfo, canvas: RecordForms | null) {
    this.#info = info;
    this.#canvas = canvas;
    this.#read();
    this.#stop = info.observe(() => this.#read());
  }

  close(): void {
    this.#stop();
  }

  /** Whether everything is in one form, that of this canvas. */
  get isOne(): boolean {
    return this.#schemas.size <= 1;
  }

  /** The numbers of all forms, oldest first. */
  get numbers(): Iterable<number> {
    return this.#schemas.keys();
  }

  numberOf(form: KeyForm): number {
    return form ?? this.#firstForm;
  }

  keyFormOf(number: number): KeyForm {
    return number === this.#firstForm ? null : number;
  }

  /** What this canvas writes. */
  get ownKeyForm(): KeyForm {
    if (this.#canvas === null || this.#schemas.size === 0) return null;
    return this.keyFormOf(formOf(this.#canvas.schema));
  }

  /** To be called with every change, in its transaction. */
  noteOwn(): void {
    if (this.#canvas === null || this.#schemas.size === 0) return;
    if (formOf(this.#canvas.schema) > this.#newestForm) this.#info.addSchema(this.#canvas.schema);
  }

  /** null when this canvas cannot read the record; what a newer one has written it reads as it is. */
  migrate(record: BoardRecord, from: number, to: number): BoardRecord | null {
    const [older, newer] = [this.#schemas.get(from), this.#schemas.get(to)];
    if (this.#canvas === null || older === undefined || newer === undefined) return record;
    if (to > formOf(this.#canvas.schema)) return record;
    return this.#canvas.migrate(record, older, newer);
  }

  #read(): void {
    const schemas = this.#info.schemas;
    this.#firstForm = Math.min(...schemas.keys());
    this.#newestForm = Math.max(...schemas.keys());
    const own = this.#canvas?.schema;
    if (own !== undefined && schemas.size > 0) schemas.set(formOf(own), own);
    this.#schemas = new Map([...schemas].toSorted(([a], [b]) => a - b));
  }
}
