import { isJsonObject, type BoardRecord } from "./record.ts";

/** What a canvas calls its schema: the version of each kind of record that it writes. */
export interface CanvasSchema {
  readonly schemaVersion: number;
  readonly sequences: Readonly<Record<string, number>>;
}

/** How a canvas brings records of older canvases into the form in which it holds its own. */
export interface RecordForms {
  readonly schema: CanvasSchema;
  /** null when there is no way; the record is set aside then. */
  migrate(record: BoardRecord, from: CanvasSchema, to: CanvasSchema): BoardRecord | null;
}

/** null for what is not a schema. */
export function parseSchema(json: unknown): CanvasSchema | null {
  if (typeof json !== "string") return null;
  let schema: unknown;
  try {
    schema = JSON.parse(json);
  } catch {
    return null;
  }
  return isCanvasSchema(schema) ? schema : null;
}

export function isCanvasSchema(schema: unknown): schema is CanvasSchema {
  return (
    isJsonObject(schema) &&
    typeof schema.schemaVersion === "number" &&
    isJsonObject(schema.sequences) &&
    Object.values(schema.sequences).every((version) => Number.isSafeInteger(version))
  );
}

/**
 * The number by which keys and bases say in which form they are. Every change of any kind of record
 * makes it higher, and every page finds the same without asking another.
 */
export function formOf({ sequences }: CanvasSchema): number {
  let form = 0;
  for (const version of Object.values(sequences)) form += version + 1;
  return form;
}
