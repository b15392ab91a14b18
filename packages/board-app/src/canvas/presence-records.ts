import { limits, type Presence } from "@boardwalk/board-model";
import {
  getDefaultUserPresence,
  InstancePresenceRecordType,
  isPageId,
  isShapeId,
  react,
  type Editor,
  type StateNode,
  type TLDrawShape,
  type TLInstancePresence,
  type TLPageId,
  type TLShape,
} from "tldraw";
import type { PresenceClient } from "../session/presence-client.ts";

/** How often a person who does nothing is looked at, to tell the others. */
const idleCheckIntervalMs = 5_000;

/** Shows others what this person does on the canvas, and this person what the others do. */
export class PresenceRecords {
  readonly #editor: Editor;
  readonly #presence: PresenceClient;
  readonly #stops: (() => void)[] = [];
  #pointerIsHere = false;
  #lastActivityAtMs = Date.now();

  constructor(editor: Editor, presence: PresenceClient) {
    this.#editor = editor;
    this.#presence = presence;
    this.#showOthers(new Set(presence.remotes.keys()));
    this.#stops.push(
      presence.observe((changed) => this.#showOthers(changed)),
      react("show presence", () => this.#showMine()),
      editor.store.listen(({ changes }) => this.#movePens(changes.updated), { scope: "document" }),
      this.#watchPointer(),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops.length = 0;
  }

  #watchPointer(): () => void {
    const container = this.#editor.getContainer();
    const entered = (): void => {
      this.#pointerIsHere = true;
    };
    const left = (): void => {
      this.#pointerIsHere = false;
      this.#presence.update({ cursor: null });
    };
    container.addEventListener("pointermove", entered);
    container.addEventListener("pointerleave", left);
    const timer = setInterval(() => this.#showIdleness(), idleCheckIntervalMs);
    return () => {
      container.removeEventListener("pointermove", entered);
      container.removeEventListener("pointerleave", left);
      clearInterval(timer);
    };
  }

  #showIdleness(): void {
    const isIdle = Date.now() - this.#lastActivityAtMs > limits.idleAfterMs;
    this.#presence.update({ idle: isIdle || document.visibilityState === "hidden" });
  }

  #showMine(): void {
    const { id } = this.#presence.local;
    const state = getDefaultUserPresence(this.#editor.store, { id });
    if (state === null) return;
    this.#lastActivityAtMs = Date.now();
    const { camera, cursor, screenBounds } = state;
    const viewer = this.#editor.getIsReadonly();
    const drawing = drawnShapeId(this.#editor);
    this.#presence.update({
      page: state.currentPageId,
      cursor:
        this.#pointerIsHere && drawing === null && cursor !== undefined && cursor !== null
          ? [round(cursor.x), round(cursor.y)]
          : null,
      drawing,
      selection: state.selectedShapeIds.slice(0, limits.presenceSelection),
      view: [
        round(camera.x),
        round(camera.y),
        Math.round(camera.z * 1e4) / 1e4,
        Math.round(screenBounds.w),
        Math.round(screenBounds.h),
      ],
      following: state.followingUserId,
      idle: false,
      viewer,
    });
  }

  /** The lines that others draw have grown. */
  #movePens(updated: object): void {
    const moved = new Set<number>();
    for (const [clientId, { presence }] of this.#presence.remotes) {
      if (presence.drawing !== null && presence.drawing in updated) moved.add(clientId);
    }
    if (moved.size > 0) this.#showOthers(moved);
  }

  /** Where a line ends, on the page. */
  #penOf(shapeId: string): Presence["cursor"] {
    const shape = isShapeId(shapeId) ? this.#editor.getShape(shapeId) : undefined;
    if (shape === undefined || !("segments" in shape.props)) return null;
    const point = (shape as TLDrawShape).props.segments.at(-1)?.points.at(-1);
    if (point === undefined) return null;
    const { x, y } = this.#editor.getShapePageTransform(shape).applyToPoint(point);
    return [x, y];
  }

  #showOthers(changed: ReadonlySet<number>): void {
    const records: TLInstancePresence[] = [];
    const removed: TLInstancePresence["id"][] = [];
    for (const clientId of changed) {
      const remote = this.#presence.remotes.get(clientId);
      // Without a page of ours there is nowhere to show someone: they have only just arrived.
      if (remote === undefined || !isPageId(remote.presence.page)) removed.push(recordId(clientId));
      else {
        const { presence } = remote;
        const cursor = presence.drawing === null ? presence.cursor : this.#penOf(presence.drawing);
        records.push(toRecord(clientId, { ...presence, cursor }, remote.presence.page));
      }
    }
    this.#editor.store.mergeRemoteChanges(() => {
      if (removed.length > 0) this.#editor.store.remove(removed);
      if (records.length > 0) this.#editor.store.put(records);
    });
  }
}

/** The line that this person draws at the moment; null when none. */
function drawnShapeId(editor: Editor): string | null {
  for (const path of ["draw.drawing", "highlight.drawing"]) {
    if (!editor.isIn(path)) continue;
    const state = editor.getStateDescendant<StateNode & { initialShape?: TLShape }>(path);
    return state?.initialShape?.id ?? null;
  }
  return null;
}

function recordId(clientId: number): TLInstancePresence["id"] {
  return InstancePresenceRecordType.createId(String(clientId));
}

function toRecord(clientId: number, presence: Presence, page: TLPageId): TLInstancePresence {
  const { cursor, view } = presence;
  return InstancePresenceRecordType.create({
    id: recordId(clientId),
    userId: presence.id,
    userName: presence.name,
    color: presence.color,
    currentPageId: page,
    // What anyone sends: an id of another kind would be refused by the store, with all the others.
    selectedShapeIds: presence.selection.filter(isShapeId),
    cursor: cursor === null ? null : { x: cursor[0], y: cursor[1], type: "default", rotation: 0 },
    camera: view === null ? null : { x: view[0], y: view[1], z: view[2] },
    screenBounds: view === null ? null : { x: 0, y: 0, w: view[3], h: view[4] },
    followingUserId: presence.following,
    // tldraw hides those whose last activity lies back.
    lastActivityTimestamp: presence.idle ? 0 : Date.now(),
    chatMessage: "",
    brush: null,
    scribbles: [],
    meta: {},
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
