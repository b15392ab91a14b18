import {
  BoardDocument,
  BoardInfo,
  canvasSchema,
  isJsonObject,
  type BoardRecord,
  type CanvasSchema,
} from "@boardwalk/board-model";
import { createTLSchema } from "tldraw";
import * as Y from "yjs";
import { RecordMigration } from "./record-migration.ts";
import { richTextCodec } from "./rich-text-codec.ts";

type SchemaName = "winter" | "spring";

/** tldraw's schema before shapes had a scale, and before their text was rich. */
export const olderSchemas: Readonly<Record<SchemaName, CanvasSchema>> = {
  winter: schemaWith({ arrow: 4, draw: 1, geo: 8, highlight: 0, line: 4, note: 6, text: 2 }),
  spring: schemaWith({ arrow: 5, draw: 2, geo: 9, highlight: 1, line: 5, note: 8, text: 2 }),
};

function schemaWith(shapes: Readonly<Record<string, number>>): CanvasSchema {
  const sequences: Record<string, number> = { ...canvasSchema.sequences };
  for (const [type, version] of Object.entries(shapes)) {
    sequences[`com.tldraw.shape.${type}`] = version;
  }
  return { ...canvasSchema, sequences };
}

const tldrawSchema = createTLSchema();

/** The record as a canvas of that time would have made it, by tldraw's own steps back. */
function asOfThen(record: BoardRecord, then: CanvasSchema): BoardRecord {
  let older = structuredClone(record);
  const steps = tldrawSchema.getMigrationsSince({ ...then, schemaVersion: 2 });
  if (!steps.ok) throw new Error(steps.error);
  for (const step of steps.value.toReversed()) {
    if (step.scope === "store") throw new Error("A step about the whole board");
    const subject = older as unknown as Parameters<typeof step.up>[0];
    if (step.filter?.(subject) === false) continue;
    if (step.down === undefined) older = withPlainText(older);
    else older = (step.down(subject) ?? older) as unknown as BoardRecord;
  }
  return older;
}

/** The one step that tldraw has no way back from: texts were plain. */
function withPlainText(record: BoardRecord): BoardRecord {
  if (!isJsonObject(record.props)) return record;
  const { richText, ...props } = record.props;
  return { ...record, props: { ...props, text: plainTextOf(richText) } };
}

export function plainTextOf(richText: unknown): string {
  const texts = [...(JSON.stringify(richText) ?? "").matchAll(/"text":"([^"]*)"/g)];
  return texts.map(([, text]) => text).join("");
}

/** A page of another time on a board: it reads and writes records as its canvas knew them. */
export class OlderPage {
  readonly doc = new Y.Doc();
  readonly document: BoardDocument;
  readonly info: BoardInfo;
  readonly #schema: CanvasSchema;

  constructor(name: SchemaName, board: Uint8Array) {
    Y.applyUpdate(this.doc, board);
    this.#schema = olderSchemas[name];
    this.info = new BoardInfo(this.doc);
    const migration = new RecordMigration(tldrawSchema);
    this.document = new BoardDocument(this.doc, richTextCodec, {
      schema: this.#schema,
      migrate: (record, from, to) => migration.migrate(record, from, to),
    });
  }

  /** The first update of a board that a server of that time would have made. */
  static seed(name: SchemaName, seed: Uint8Array): Uint8Array {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, seed);
    doc.getMap("board").set("schema", JSON.stringify(olderSchemas[name]));
    return Y.encodeStateAsUpdate(doc);
  }

  get isReadOnly(): boolean {
    return this.info.isNewerThan(this.#schema);
  }

  create(...records: BoardRecord[]): void {
    const added = records.map((record) => asOfThen(record, this.#schema));
    this.document.write({ added, updated: [], removed: [] }, this);
  }

  change(id: string, change: Readonly<Record<string, unknown>>, props: object = {}): void {
    const before = this.document.read(id);
    if (before === null) throw new Error(`There is no ${id}`);
    const after = { ...before, ...change, props: { ...(before.props as object), ...props } };
    this.document.write({ added: [], updated: [{ before, after }], removed: [] }, this);
  }
}
