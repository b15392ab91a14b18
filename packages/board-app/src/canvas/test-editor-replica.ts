import { BoardDocument, seedUpdate } from "@boardwalk/board-model";
import {
  createTLSchema,
  createTLStore,
  defaultAddFontsFromNode,
  defaultBindingUtils,
  defaultShapeTools,
  defaultTools,
  Editor,
  tipTapDefaultExtensions,
} from "tldraw";
import * as Y from "yjs";
import { CanvasBinding } from "./canvas-binding.ts";
import { endDragsOfWhatIsGone } from "./interrupted-drag.ts";
import { boardShapeUtils } from "./own-shape-utils.ts";
import { rebaseHistory, undoOwnChangesOnly } from "./own-undo.ts";
import { letGoOfPage } from "./page-listeners.ts";
import { RecordMigration } from "./record-migration.ts";
import { richTextCodec } from "./rich-text-codec.ts";

/** A real editor on a real document without a page around it, for tests. */
export class EditorReplica {
  readonly doc = new Y.Doc();
  readonly document: BoardDocument;
  readonly editor: Editor;
  readonly binding: CanvasBinding;

  constructor(seed: Uint8Array = seedUpdate("A board"), mayEdit: () => boolean = () => true) {
    Y.applyUpdate(this.doc, seed);
    this.document = new BoardDocument(
      this.doc,
      richTextCodec,
      new RecordMigration(createTLSchema()),
    );
    const store = createTLStore({
      shapeUtils: boardShapeUtils,
      bindingUtils: defaultBindingUtils,
    });
    undoOwnChangesOnly(store);
    this.binding = new CanvasBinding({
      store,
      document: this.document,
      mayEdit,
      onAhead: () => undefined,
      onRemoteChange: (before, after) => rebaseHistory(this.editor, before, after),
    });
    this.editor = new Editor({
      store,
      shapeUtils: boardShapeUtils,
      bindingUtils: defaultBindingUtils,
      tools: [...defaultTools, ...defaultShapeTools],
      initialState: "select",
      getContainer: () => globalThis.document.body,
      textOptions: {
        addFontsFromNode: defaultAddFontsFromNode,
        tipTapConfig: { extensions: tipTapDefaultExtensions },
      },
    });
    endDragsOfWhatIsGone(this.editor);
  }

  /** What the canvas shows of the board, by id. */
  records(): Record<string, unknown> {
    return Object.fromEntries(
      this.editor.store
        .allRecords()
        .filter((record) => this.editor.store.scopedTypes.document.has(record.typeName))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map((record) => [record.id, record]),
    );
  }

  close(): void {
    this.editor.dispose();
    letGoOfPage(this.editor);
    this.binding.close();
    this.document.close();
    this.doc.destroy();
  }
}

/** Brings every document to what all of them know. */
export function exchangeAll(replicas: readonly EditorReplica[]): void {
  for (const replica of replicas) replica.binding.write();
  // Twice: what one repairs on hearing of the others, the others have to hear.
  for (let round = 0; round < 2; round++) {
    for (const from of replicas) {
      for (const to of replicas) {
        if (from === to) continue;
        const missing = Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc));
        Y.applyUpdate(to.doc, missing, "remote");
      }
    }
  }
}
