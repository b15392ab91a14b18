import type { KeyForm } from "./record-key.ts";
import {
  isBoardRecord,
  isJsonObject,
  jsonEqual,
  type BoardRecord,
  type JsonObject,
} from "./record.ts";

/**
 * A record's base is the JSON of what differs from a template of its kind: most of a shape is
 * defaults, and a board of 10,000 shapes is four times smaller without them.
 *
 * These templates are part of the stored format: they never change, whatever later versions of
 * tldraw take as defaults. A record that lacks one of its template's properties is written whole,
 * with `"$": 0`.
 */
const emptyText = { type: "doc", content: [{ type: "paragraph" }] };

const shape = {
  typeName: "shape",
  x: 0,
  y: 0,
  rotation: 0,
  isLocked: false,
  opacity: 1,
  meta: {},
  parentId: "page:page",
} as const;

const ink = { color: "black", size: "m", isComplete: false, isPen: false, scale: 1 };

const shapeProps: Readonly<Record<string, JsonObject>> = {
  geo: {
    w: 100,
    h: 100,
    geo: "rectangle",
    dash: "draw",
    growY: 0,
    url: "",
    scale: 1,
    color: "black",
    labelColor: "black",
    fill: "none",
    size: "m",
    font: "draw",
    align: "middle",
    verticalAlign: "middle",
    richText: emptyText,
  },
  note: {
    color: "black",
    richText: emptyText,
    size: "m",
    font: "draw",
    align: "middle",
    verticalAlign: "middle",
    labelColor: "black",
    growY: 0,
    fontSizeAdjustment: 0,
    url: "",
    scale: 1,
  },
  text: {
    color: "black",
    size: "m",
    w: 8,
    font: "draw",
    textAlign: "start",
    autoSize: true,
    scale: 1,
    richText: emptyText,
  },
  arrow: {
    kind: "arc",
    elbowMidPoint: 0.5,
    dash: "draw",
    size: "m",
    fill: "none",
    color: "black",
    labelColor: "black",
    bend: 0,
    start: { x: 0, y: 0 },
    end: { x: 2, y: 0 },
    arrowheadStart: "none",
    arrowheadEnd: "arrow",
    text: "",
    labelPosition: 0.5,
    font: "draw",
    scale: 1,
  },
  draw: { ...ink, segments: [], fill: "none", dash: "draw", isClosed: false },
  highlight: { ...ink, segments: [] },
  line: { dash: "draw", size: "m", color: "black", spline: "line", scale: 1 },
  frame: { w: 320, h: 180, name: "", color: "black" },
  group: {},
  image: {
    w: 100,
    h: 100,
    assetId: null,
    playing: true,
    url: "",
    crop: null,
    flipX: false,
    flipY: false,
    altText: "",
  },
};

const shapeTemplates = new Map<string, JsonObject>(
  Object.entries(shapeProps).map(([type, props]) => [type, { ...shape, type, props }]),
);

const otherTemplates = new Map<string, JsonObject>([
  ["page", { typeName: "page", meta: {} }],
  ["binding", { typeName: "binding", meta: {} }],
  ["asset", { typeName: "asset", meta: {} }],
]);

const noTemplate = "$";
/** Of bases that a canvas later than the board's first one has written: the number of its form. */
const formKey = "$f";

function templateOf(typeName: unknown, type: unknown): JsonObject | undefined {
  if (typeName === "shape") return typeof type === "string" ? shapeTemplates.get(type) : undefined;
  return typeof typeName === "string" ? otherTemplates.get(typeName) : undefined;
}

function typeNameOfId(id: string): string {
  return id.slice(0, id.indexOf(":"));
}

/** Whether the record has every property the template would add back. */
function covers(record: JsonObject, template: JsonObject): boolean {
  return Object.keys(template).every((key) => record[key] !== undefined);
}

function difference(value: JsonObject, template: JsonObject): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (!jsonEqual(item, template[key])) result[key] = item;
  }
  return result;
}

/** The value of a record's base key. The id is not in it: the key says it. */
export function encodeBase(record: BoardRecord, form: KeyForm = null): string {
  const { id, ...rest } = record;
  const stamp = form === null ? {} : { [formKey]: form };
  const template =
    typeNameOfId(id) === record.typeName ? templateOf(record.typeName, record.type) : undefined;
  if (template === undefined || !covers(record, template)) {
    return JSON.stringify({ ...rest, [noTemplate]: 0, ...stamp });
  }
  const templateProps = template.props;
  if (!isJsonObject(templateProps)) {
    return JSON.stringify({ ...difference(rest, template), ...stamp });
  }
  if (!isJsonObject(record.props) || !covers(record.props, templateProps)) {
    return JSON.stringify({ ...rest, [noTemplate]: 0, ...stamp });
  }
  const { type: _type, ...outer } = template;
  return JSON.stringify({
    ...difference(rest, outer),
    props: difference(record.props, templateProps),
    ...stamp,
  });
}

/** In which form a base is: null for that of the board's first canvas. */
export function formOfBase(stored: unknown): KeyForm {
  if (typeof stored !== "string" || !stored.includes(`"${formKey}"`)) return null;
  const form = parseBase(stored)?.[formKey];
  return typeof form === "number" ? form : null;
}

/** null when the stored value is not the base of any record: such a record is set aside. */
export function decodeBase(id: string, stored: unknown): BoardRecord | null {
  const base = parseBase(stored);
  if (base === null) return null;
  const { [noTemplate]: whole, [formKey]: _form, ...rest } = base;
  const typeName = whole === undefined ? typeNameOfId(id) : rest.typeName;
  const template = whole === undefined ? templateOf(typeName, rest.type) : undefined;
  if (whole === undefined && template === undefined) return null;
  const record: Record<string, unknown> = { ...template, ...rest, id };
  if (isJsonObject(template?.props)) {
    record.props = { ...template.props, ...(isJsonObject(rest.props) ? rest.props : {}) };
  }
  return isBoardRecord(record) ? record : null;
}

function parseBase(stored: unknown): JsonObject | null {
  if (typeof stored !== "string") return null;
  try {
    const base: unknown = JSON.parse(stored);
    return isJsonObject(base) ? base : null;
  } catch {
    return null;
  }
}
