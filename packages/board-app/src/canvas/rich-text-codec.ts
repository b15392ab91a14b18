import { isJsonObject, type JsonObject, type RichTextCodec } from "@boardwalk/board-model";
import { getSchema } from "@tiptap/core";
import { Node } from "@tiptap/pm/model";
import { updateYFragment, yXmlFragmentToProsemirrorJSON } from "y-prosemirror";
import { isSafeLink } from "./safe-link.ts";
import { textExtensions } from "./text-extensions.ts";

const schema = getSchema(textExtensions);

/** The text body of a shape as ProseMirror JSON on the canvas, as Y.Xml types in the document. */
export const richTextCodec: RichTextCodec = {
  read(fragment) {
    // Its successor deletes from the document whatever it cannot read.
    // oxlint-disable-next-line typescript/no-deprecated
    const json: unknown = yXmlFragmentToProsemirrorJSON(fragment);
    const node = parseNode(withSafeLinks(json));
    return node === null ? plainText(textOf(json)) : (node.toJSON() as JsonObject);
  },
  repair(richText) {
    const safe = withSafeLinks(richText);
    return parseNode(safe) === null ? plainText(textOf(richText)) : safe;
  },
  write(fragment, richText) {
    const doc = fragment.doc;
    if (doc === null) throw new TypeError("A text body outside of a document");
    const node = parseNode(richText) ?? schema.nodeFromJSON(plainText(textOf(richText)));
    updateYFragment(doc, fragment, node, { mapping: new Map(), isOMark: new Map() });
  },
};

/** The same text where a link that would run something is just words. */
function withSafeLinks<Json>(json: Json): Json {
  if (!isJsonObject(json)) return json;
  const { marks, content } = json;
  return {
    ...json,
    ...(Array.isArray(marks) ? { marks: marks.filter((mark) => !isUnsafeLink(mark)) } : {}),
    ...(Array.isArray(content) ? { content: content.map(withSafeLinks) } : {}),
  };
}

function isUnsafeLink(mark: unknown): boolean {
  if (!isJsonObject(mark) || mark.type !== "link") return false;
  return !isJsonObject(mark.attrs) || !isSafeLink(mark.attrs.href);
}

/** null for what this canvas cannot show: other Yjs clients may write any node or mark. */
function parseNode(json: unknown): Node | null {
  try {
    const node = Node.fromJSON(schema, json);
    node.check();
    return node;
  } catch {
    return null;
  }
}

function plainText(text: string): JsonObject {
  const content = text.split("\n").map((line) => ({
    type: "paragraph",
    ...(line === "" ? {} : { content: [{ type: "text", text: line }] }),
  }));
  return { type: "doc", content };
}

function textOf(json: unknown): string {
  if (!isJsonObject(json)) return "";
  if (typeof json.text === "string") return json.text;
  if (!Array.isArray(json.content)) return "";
  return json.content.map(textOf).join(json.type === "doc" ? "\n" : "");
}
