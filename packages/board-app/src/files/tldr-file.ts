import { findRepairs, type BoardRecord } from "@boardwalk/board-model";
import {
  parseTldrawJsonFile,
  type TLAsset,
  type TLBinding,
  type TLBookmarkShape,
  type TLPage,
  type TLRecord,
  type TLSchema,
  type TLShape,
} from "tldraw";
import { z } from "zod";
import { FileError } from "./file-error.ts";

/** What a `.tldr` file puts on a board: its pages that hold something, and what is on them. */
export interface TldrContent {
  /** In their order. */
  readonly pages: readonly TLPage[];
  readonly shapes: readonly TLShape[];
  readonly bindings: readonly TLBinding[];
  /** Only those that a shape shows. */
  readonly assets: readonly TLAsset[];
}

/**
 * Reads a `.tldr` file of any version since tldraw's second. Files come from anywhere: a shape that
 * hangs on nothing or on itself would stop every canvas that loads it, so the same repairs as for
 * a board are made. Throws `FileError`.
 */
export function decodeTldrFile(json: string, schema: TLSchema): TldrContent {
  const records = soundRecords(parse(json, schema));
  const shapes = records.filter((record) => record.typeName === "shape").map(withoutEmbeds);
  const children = new Set<string>(shapes.map((shape) => shape.parentId));
  const pages = records
    .filter((record) => record.typeName === "page")
    .filter((page) => children.has(page.id))
    .toSorted((a, b) => (a.index < b.index ? -1 : 1));
  if (pages.length === 0) throw new FileError("FILE_EMPTY");
  const shown = new Set(
    shapes.map((shape) => ("assetId" in shape.props ? shape.props.assetId : null)),
  );
  return {
    pages,
    shapes,
    bindings: records.filter((record) => record.typeName === "binding"),
    assets: records
      .filter((record) => record.typeName === "asset")
      .filter((asset) => shown.has(asset.id)),
  };
}

function parse(json: string, schema: TLSchema): TLRecord[] {
  const parsed = parseTldrawJsonFile({ json, schema });
  if (parsed.ok) {
    const store = parsed.value;
    const records = store.allRecords();
    store.dispose();
    return records;
  }
  const { error } = parsed;
  switch (error.type) {
    case "v1File":
      throw new FileError("FILE_TOO_OLD");
    case "fileFormatVersionTooNew":
      throw new FileError("FILE_TOO_NEW");
    case "migrationFailed":
      throw new FileError(isNewer(json, schema) ? "FILE_TOO_NEW" : "FILE_DAMAGED", error.reason);
    case "notATldrawFile":
      throw new FileError("FILE_NOT_TLDR", error.cause);
    case "invalidRecords":
      throw new FileError("FILE_DAMAGED", error.cause);
  }
}

const fileSchemaSchema = z.object({
  schema: z.object({ sequences: z.record(z.string(), z.number()) }),
});

/** Whether a part of the file is written in a later version than this canvas has. */
function isNewer(json: string, schema: TLSchema): boolean {
  const file = fileSchemaSchema.safeParse(JSON.parse(json));
  if (!file.success) return false;
  const own = schema.serialize().sequences;
  return Object.entries(file.data.schema.sequences).some(
    ([part, version]) => version > (own[part] ?? 0),
  );
}

function soundRecords(records: readonly TLRecord[]): TLRecord[] {
  const byId = new Map<string, BoardRecord>(
    records.map((record) => [record.id, record as unknown as BoardRecord]),
  );
  for (const [id, repaired] of findRepairs(byId)) {
    if (repaired === null) byId.delete(id);
    else byId.set(id, repaired);
  }
  return [...byId.values()] as unknown as TLRecord[];
}

/** Embedded pages are not shown here; what they link to is kept as a bookmark. */
function withoutEmbeds(shape: TLShape): TLShape {
  if (shape.type !== "embed" || !("url" in shape.props)) return shape;
  const { w, h, url } = shape.props;
  const bookmark: TLBookmarkShape = {
    ...(shape as unknown as TLBookmarkShape),
    type: "bookmark",
    props: { assetId: null, w, h, url },
  };
  return bookmark;
}
