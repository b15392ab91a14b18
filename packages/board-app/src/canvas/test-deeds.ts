import {
  AssetRecordType,
  createShapeId,
  DefaultColorStyle,
  toRichText,
  type Editor,
  type TLArrowShape,
  type TLDrawShape,
  type TLShape,
  type TLShapeId,
  type TLTextShape,
} from "tldraw";

/**
 * @param pick one of so many; the same for the same step
 * @param number of the step, for what has to be new
 */
export type Deed = (editor: Editor, pick: (count: number) => number, number: number) => void;

const colors = ["red", "blue", "green", "black"] as const;
const maxShapesToDuplicateOn = 30;
const maxPages = 4;
const middle = { x: 0.5, y: 0.5 };

/** Any shape of the page, or one of a type. */
function some<S extends TLShape>(
  editor: Editor,
  pick: (count: number) => number,
  type?: S["type"],
): S | undefined {
  const shapes = editor
    .getCurrentPageShapesSorted()
    .filter((shape): shape is S => type === undefined || shape.type === type);
  return shapes[pick(shapes.length)];
}

/** Up to two shapes that lie on the page itself. */
function two(editor: Editor, pick: (count: number) => number): TLShapeId[] {
  const shapes = editor.getSortedChildIdsForParent(editor.getCurrentPageId());
  return [...new Set([shapes[pick(shapes.length)], shapes[pick(shapes.length)]])].filter(
    (id) => id !== undefined,
  );
}

/** One letter for each step, so that it is found again wherever a merge has put it. */
function letterOf(step: number): string {
  return String.fromCodePoint(0x4e00 + step);
}

function plainTextOf(shape: TLShape): string {
  const { richText } = shape.props as { richText?: unknown };
  return [...JSON.stringify(richText).matchAll(/"text":"([^"]*)"/g)]
    .map(([, text]) => text)
    .join("");
}

/** What a mouse does, at a place on the page. */
export function pointer(
  editor: Editor,
  name: "pointer_down" | "pointer_move" | "pointer_up",
  at: { x: number; y: number },
  shape?: TLShape,
): void {
  editor.dispatch({
    ...(shape === undefined ? { target: "canvas" } : { target: "shape", shape }),
    type: "pointer",
    name,
    point: editor.pageToScreen(at),
    pointerId: 1,
    button: 0,
    isPen: false,
    shiftKey: false,
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    accelKey: false,
  });
  editor.emit("tick", 16);
}

/** Everything that people do to a board, as they do it: through the editor. */
export const deeds: Readonly<Record<string, Deed>> = {
  box: (editor, pick, number) => {
    const id = createShapeId(`s${number}`);
    editor.createShape({ id, type: "geo", x: pick(500), y: pick(500) });
  },
  note: (editor, pick, number) => {
    const id = createShapeId(`s${number}`);
    const props = { richText: toRichText("note") };
    editor.createShape({ id, type: "note", x: pick(500), props });
  },
  words: (editor, pick, number) => {
    const id = createShapeId(`s${number}`);
    editor.createShape({
      id,
      type: "text",
      x: pick(500),
      props: { richText: toRichText("words") },
    });
  },
  widen: (editor, pick) => {
    const words = some<TLTextShape>(editor, pick, "text");
    if (words === undefined) return;
    const props = { w: 100 + pick(100), autoSize: false };
    editor.updateShape<TLTextShape>({ id: words.id, type: "text", props });
  },
  frame: (editor, pick, number) => {
    const id = createShapeId(`s${number}`);
    editor.createShape({ id, type: "frame", x: pick(500), y: pick(500) });
  },
  stroke: (editor, pick, number) => {
    const id = createShapeId(`s${number}`);
    const points = [{ x: 0, y: 0, z: 0.5 }];
    const props = { segments: [{ type: "free" as const, points }] };
    editor.createShape({ id, type: "draw", x: pick(500), props });
  },
  picture: (editor, pick, number) => {
    const assetId = AssetRecordType.createId(`a${number}`);
    const props = { w: 40, h: 30, src: null, name: "a", mimeType: "image/png", isAnimated: false };
    editor.createAssets([{ id: assetId, typeName: "asset", type: "image", meta: {}, props }]);
    const id = createShapeId(`s${number}`);
    editor.createShape({ id, type: "image", x: pick(500), props: { assetId, w: 40, h: 30 } });
  },
  "rename picture": (editor, pick, number) => {
    const assets = editor.getAssets();
    const asset = assets[pick(assets.length)];
    if (asset?.type === "image") {
      editor.updateAssets([{ ...asset, props: { ...asset.props, name: `name ${number}` } }]);
    }
  },
  extend: (editor, pick) => {
    const stroke = some<TLDrawShape>(editor, pick, "draw");
    const [first, ...rest] = stroke?.props.segments ?? [];
    if (stroke === undefined || first === undefined) return;
    const points = [...first.points, { x: pick(99), y: 1, z: 0.5 }];
    const segments = [{ ...first, points }, ...rest];
    editor.updateShape<TLDrawShape>({ id: stroke.id, type: "draw", props: { segments } });
  },
  arrow: (editor, pick, number) => {
    const id = createShapeId(`s${number}`);
    const [from, to] = [some(editor, pick), some(editor, pick)];
    editor.createShape<TLArrowShape>({ id, type: "arrow", props: { text: "arrow" } });
    if (from === undefined || to === undefined || from.type === "arrow" || to.type === "arrow")
      return;
    const props = { normalizedAnchor: middle, isExact: false, isPrecise: false, snap: "none" };
    editor.createBindings(
      [
        { terminal: "start" as const, toId: from.id },
        { terminal: "end" as const, toId: to.id },
      ].map(({ terminal, toId }) => ({
        type: "arrow",
        fromId: id,
        toId,
        props: { ...props, terminal },
      })),
    );
  },
  bind: (editor, pick) => {
    const [arrow, target] = [some<TLArrowShape>(editor, pick, "arrow"), some(editor, pick)];
    if (arrow === undefined || target === undefined || target.type === "arrow") return;
    const terminal = (["start", "end"] as const)[pick(2)] ?? "start";
    editor.deleteBindings(
      editor
        .getBindingsFromShape(arrow, "arrow")
        .filter((binding) => (binding.props as { terminal?: string }).terminal === terminal),
    );
    const props = { normalizedAnchor: middle, isExact: false, isPrecise: false, snap: "none" };
    editor.createBinding({
      type: "arrow",
      fromId: arrow.id,
      toId: target.id,
      props: { ...props, terminal },
    });
  },
  unbind: (editor, pick) => {
    const arrow = some<TLArrowShape>(editor, pick, "arrow");
    if (arrow !== undefined) editor.deleteBindings(editor.getBindingsFromShape(arrow, "arrow"));
  },
  label: (editor, pick, number) => {
    const arrow = some<TLArrowShape>(editor, pick, "arrow");
    if (arrow === undefined) return;
    const at = pick(arrow.props.text.length + 1);
    const text = arrow.props.text.slice(0, at) + letterOf(number) + arrow.props.text.slice(at);
    editor.updateShape<TLArrowShape>({ id: arrow.id, type: "arrow", props: { text } });
  },
  nudge: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape !== undefined) editor.nudgeShapes([shape.id], { x: pick(50), y: pick(50) });
  },
  // A drag is three deeds, so that the others do something while it lasts.
  grab: (editor, pick) => {
    if (!editor.isIn("select")) return;
    // A drag that this ends takes back what was made during it: that cannot be grabbed.
    editor.cancel();
    editor.selectNone();
    const shape = some(editor, pick);
    const bounds = shape && editor.getShapePageBounds(shape);
    if (shape === undefined || bounds === undefined) return;
    pointer(editor, "pointer_down", bounds.center, shape);
    pointer(editor, "pointer_move", { x: bounds.midX + 20, y: bounds.midY + 10 });
  },
  carry: (editor, pick) => {
    if (!editor.inputs.isPointing) return;
    pointer(editor, "pointer_move", { x: pick(600), y: pick(400) });
  },
  drop: (editor, pick) => {
    if (!editor.inputs.isPointing) return;
    pointer(editor, "pointer_up", { x: pick(600), y: pick(400) });
  },
  resize: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape !== undefined) editor.resizeShape(shape.id, { x: 1 + pick(3) / 4, y: 1.25 });
  },
  rotate: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape !== undefined) editor.rotateShapesBy([shape.id], pick(6) / 2);
  },
  restyle: (editor, pick) => {
    const shape = some(editor, pick);
    const color = colors[pick(colors.length)];
    if (shape === undefined || color === undefined) return;
    editor.select(shape.id);
    editor.setStyleForSelectedShapes(DefaultColorStyle, color);
  },
  fade: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape === undefined) return;
    editor.select(shape.id);
    editor.setOpacityForSelectedShapes(pick(10) / 10);
  },
  lock: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape !== undefined) editor.toggleLock([shape.id]);
  },
  type: (editor, pick, number) => {
    const shape = some(editor, pick);
    if (shape === undefined || !("richText" in shape.props)) return;
    const before = plainTextOf(shape);
    const at = pick(before.length + 1);
    const richText = toRichText(before.slice(0, at) + letterOf(number) + before.slice(at));
    editor.updateShape({ id: shape.id, type: shape.type, props: { richText } });
  },
  retext: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape === undefined || !("richText" in shape.props)) return;
    const richText = toRichText(["a", "b c", "d\ne", ""][pick(4)] ?? "");
    editor.updateShape({ id: shape.id, type: shape.type, props: { richText } });
  },
  front: (editor, pick) => {
    editor.bringToFront(two(editor, pick));
  },
  back: (editor, pick) => {
    editor.sendBackward(two(editor, pick));
  },
  group: (editor, pick, number) => {
    editor.groupShapes(two(editor, pick), { groupId: createShapeId(`s${number}`) });
  },
  ungroup: (editor, pick) => {
    const group = some(editor, pick, "group");
    if (group !== undefined) editor.ungroupShapes([group.id]);
  },
  reparent: (editor, pick) => {
    const [frame, shape] = [some(editor, pick, "frame"), some(editor, pick)];
    if (frame === undefined || shape === undefined || shape.id === frame.id) return;
    if (!editor.hasAncestor(frame, shape.id)) editor.reparentShapes([shape.id], frame.id);
  },
  lift: (editor, pick) => {
    const shape = some(editor, pick);
    if (shape !== undefined) editor.reparentShapes([shape.id], editor.getCurrentPageId());
  },
  page: (editor, pick) => {
    if (editor.getPages().length < maxPages) editor.createPage({ name: `Page ${pick(9)}` });
  },
  "rename page": (editor, pick, number) => {
    const pages = editor.getPages();
    const page = pages[pick(pages.length)];
    if (page !== undefined) editor.renamePage(page, `Name ${number}`);
  },
  "turn page": (editor, pick) => {
    const pages = editor.getPages();
    const page = pages[pick(pages.length)];
    if (page !== undefined) editor.setCurrentPage(page);
  },
  "move to page": (editor, pick) => {
    const pages = editor.getPages();
    const page = pages[pick(pages.length)];
    if (page !== undefined) editor.moveShapesToPage(two(editor, pick), page.id);
  },
  "delete page": (editor) => {
    editor.deletePage(editor.getCurrentPageId());
  },
  delete: (editor, pick) => {
    // Nobody can while they drag.
    if (editor.inputs.isPointing) editor.cancel();
    const shape = some(editor, pick);
    if (shape !== undefined) editor.deleteShape(shape.id);
  },
  duplicate: (editor, pick) => {
    if (editor.getCurrentPageShapeIds().size >= maxShapesToDuplicateOn) return;
    editor.duplicateShapes(two(editor, pick), { x: 10, y: 10 });
  },
  mark: (editor, pick, number) => {
    const shape = some(editor, pick);
    if (shape === undefined) return;
    editor.updateShape({ id: shape.id, type: shape.type, meta: { [`key${pick(3)}`]: number } });
  },
  undo: (editor) => {
    editor.undo();
  },
  redo: (editor) => {
    editor.redo();
  },
};
