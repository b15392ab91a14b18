import {
  isJsonObject,
  jsonEqual,
  textDifference,
  type BoardRecord,
  type JsonObject,
} from "@boardwalk/board-model";
import { Extension, type Extensions } from "@tiptap/core";
import { Node as TextNode } from "@tiptap/pm/model";
import { Plugin, PluginKey, type EditorState, type Transaction } from "@tiptap/pm/state";
import { Decoration, DecorationSet, type EditorView } from "@tiptap/pm/view";
import type { Editor } from "tldraw";
import type { PresenceClient } from "../session/presence-client.ts";
import { textExtensions } from "./text-extensions.ts";

const caretsKey = new PluginKey<DecorationSet>("carets");

/** A caret of someone else in the text that is being edited here. */
interface RemoteCaret {
  readonly clientId: number;
  readonly name: string;
  readonly color: string;
  readonly anchor: number;
  readonly head: number;
}

/**
 * Lets several people edit one text at once: what others type goes into the open text editor as the
 * smallest replacement that makes it so, which leaves caret, selection and undo of this person
 * where they are; and their carets show with name and colour.
 */
export class LiveText {
  readonly #presence: PresenceClient;
  #editor: Editor | null = null;
  #view: EditorView | null = null;
  #stop: (() => void) | null = null;

  constructor(presence: PresenceClient) {
    this.#presence = presence;
  }

  /** The text editor's extensions; tldraw makes one from them whenever a text is edited. */
  readonly extensions: Extensions = [
    ...textExtensions,
    Extension.create({
      name: "liveText",
      addProseMirrorPlugins: () => [this.#caretsPlugin(), keepCaretPlugin()],
    }),
  ];

  attach(editor: Editor): () => void {
    this.#editor = editor;
    this.#stop = this.#presence.observe(() => this.#showCarets());
    return () => {
      this.#stop?.();
      this.#stop = null;
      this.#editor = null;
    };
  }

  /** A peer's change to a record, before the canvas shows it. */
  follow(id: string, after: BoardRecord): void {
    if (this.#editor?.getEditingShapeId() !== id || !isJsonObject(after.props)) return;
    const { richText, text } = after.props;
    if (isJsonObject(richText)) this.#followRichText(richText);
    else if (typeof text === "string") this.#followPlainText(text);
  }

  #followRichText(richText: JsonObject): void {
    const view = this.#view;
    const transaction = view === null ? null : replacement(view.state, richText);
    if (transaction !== null) view?.dispatch(transaction);
  }

  /**
   * An arrow's label is edited in a textarea, which tldraw fills a moment later and whole. What is
   * typed in that moment would be typed into the old text, and the caret would jump.
   */
  #followPlainText(text: string): void {
    const area = document.activeElement;
    if (!(area instanceof HTMLTextAreaElement)) return;
    if (this.#editor?.getContainer().contains(area) !== true || area.value === text) return;
    const { start, deleted, inserted } = textDifference(area.value, text);
    const moved = (position: number): number =>
      position <= start ? position : Math.max(start, position - deleted) + inserted.length;
    const [from, to] = [moved(area.selectionStart), moved(area.selectionEnd)];
    area.value = text;
    area.setSelectionRange(from, to, area.selectionDirection);
  }

  #caretsPlugin(): Plugin {
    return new Plugin<DecorationSet>({
      key: caretsKey,
      state: {
        init: (_config, state) => this.#decorations(state.doc),
        apply: (transaction, carets) =>
          transaction.getMeta(caretsKey) === undefined
            ? carets.map(transaction.mapping, transaction.doc)
            : this.#decorations(transaction.doc),
      },
      props: { decorations: (state) => caretsKey.getState(state) },
      view: (view) => {
        this.#view = view;
        this.#tellCaret(view.state);
        return {
          update: (updated) => this.#tellCaret(updated.state),
          destroy: () => {
            if (this.#view !== view) return;
            this.#view = null;
            this.#presence.update({ caret: null });
          },
        };
      },
    });
  }

  #tellCaret(state: EditorState): void {
    const shapeId = this.#editor?.getEditingShapeId();
    if (shapeId === undefined || shapeId === null) return;
    const { anchor, head } = state.selection;
    this.#presence.update({ caret: [shapeId, anchor, head] });
  }

  #showCarets(): void {
    const view = this.#view;
    if (view !== null) view.dispatch(view.state.tr.setMeta(caretsKey, true));
  }

  #decorations(doc: TextNode): DecorationSet {
    const shapeId = this.#editor?.getEditingShapeId();
    const decorations: Decoration[] = [];
    for (const [clientId, { presence }] of this.#presence.remotes) {
      if (presence.caret === null || presence.caret[0] !== shapeId) continue;
      const [, anchor, head] = presence.caret;
      const { name, color } = presence;
      decorations.push(...decorationsOf({ clientId, name, color, anchor, head }, doc));
    }
    return DecorationSet.create(doc, decorations);
  }
}

function decorationsOf(caret: RemoteCaret, doc: TextNode): Decoration[] {
  // Positions are those of the sender, who may be a few letters ahead or behind.
  const clamp = (position: number): number => Math.min(Math.max(position, 0), doc.content.size);
  const [anchor, head] = [clamp(caret.anchor), clamp(caret.head)];
  const widget = Decoration.widget(head, () => caretElement(caret), {
    key: `${caret.clientId}`,
    side: 10,
  });
  if (anchor === head) return [widget];
  const style = `background-color: ${caret.color}40`;
  return [widget, Decoration.inline(Math.min(anchor, head), Math.max(anchor, head), { style })];
}

function caretElement({ name, color }: RemoteCaret): HTMLElement {
  const element = document.createElement("span");
  element.className = "remote-caret";
  element.style.setProperty("--remote-caret-color", color);
  element.dataset.name = name;
  element.setAttribute("aria-hidden", "true");
  return element;
}

/** The smallest replacement that turns the open text into another; null when they are the same. */
function replacement(state: EditorState, richText: object): Transaction | null {
  let target: TextNode;
  try {
    target = TextNode.fromJSON(state.schema, richText);
  } catch {
    // Not for this editor to show; the canvas says so when it draws the shape.
    return null;
  }
  const start = state.doc.content.findDiffStart(target.content);
  const end = state.doc.content.findDiffEnd(target.content);
  if (start === null || end === null) return null;
  // Where letters repeat, both searches may claim the same ones.
  const overlap = start - Math.min(end.a, end.b);
  const [from, to] = overlap > 0 ? [end.a + overlap, end.b + overlap] : [end.a, end.b];
  return state.tr
    .replace(start, from, target.slice(start, to))
    .setMeta("addToHistory", false)
    .setMeta("preventUpdate", true);
}

/**
 * tldraw sets the whole text again whenever it changes from outside. When it is the text that is
 * there already, nothing is set: it would only move the caret.
 */
function keepCaretPlugin(): Plugin {
  return new Plugin({
    filterTransaction: (transaction, state) =>
      !(
        transaction.docChanged &&
        transaction.getMeta("preventUpdate") === true &&
        jsonEqual(transaction.doc.toJSON(), state.doc.toJSON())
      ),
  });
}
