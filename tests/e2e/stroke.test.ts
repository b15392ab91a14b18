import type { Editor } from "tldraw";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { expectEventually as expectCondition, openPlain } from "../integration/stock-clients.ts";
import type { Person } from "./person.ts";
import { expectAllSaved, expectSameBoard, isSkipped, Stage } from "./stage.ts";

/** A stroke as it is drawn: 500 points, 16 ms apart, with the pressure of a pen. */
const strokePoints = 500;
/** Before it, to see how late a change is that waits for nothing. */
const dots = 10;
/** What its author may send in all, and what it may leave in the document. */
const sentBytes = 24 * 1024;
const keptBytes = 4 * 1024;

/** When a page had so many points of the stroke, by the clock that all pages share. */
type Sighting = readonly [points: number, atMs: number];
/** When it had them, and when the next frame began, which shows them. */
type Sightings = { readonly had: Sighting[]; readonly shown: Sighting[] };

describe.skipIf(isSkipped)("a long stroke", () => {
  const stage = Stage.forFile();

  it("costs its points once, on the wire and in the document, and is seen while it is drawn", async () => {
    const board = await stage.server.createBoard("Ink");
    const [ada, bo] = await Promise.all([stage.person("Ada"), stage.person("Bo")]);
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl)]);
    const plain = openPlain(stage.server.url, { boardId: board.id, token: board.viewToken });
    await expectCondition(() => plain.synced);
    // Over the canvas: from here on the cursor shows, and moves with the pen.
    await ada.page.mouse.move(640, 400);
    await expectAllSaved(ada);

    const floor = await latenesses(ada, bo, drawDots);
    await expectAllSaved(ada);
    await expectCondition(() => plain.doc.getMap("records").size >= 2 + 2 * dots);
    const before = Y.encodeStateAsUpdate(plain.doc).length;
    const sent = await countSent(ada);
    const late = await latenesses(ada, bo, drawStroke);
    await expectAllSaved(ada);
    await expectSameBoard(ada, bo);
    const [bytes, frames] = await sent();
    await expectCondition(() => pointsIn(plain.doc) >= strokePoints + dots);
    const kept = Y.encodeStateAsUpdate(plain.doc).length - before;
    plain.destroy();

    console.table({
      "sent by its author": `${bytes} bytes in ${frames} frames`,
      "kept in the document": `${kept} bytes`,
      "late on the other's canvas": percentiles(late.map(({ hadMs }) => hadMs)),
      "late in the other's frame": percentiles(late.map(({ shownMs }) => shownMs)),
      "a dot by itself, on the canvas": percentiles(floor.map(({ hadMs }) => hadMs)),
      "a dot by itself, in a frame": percentiles(floor.map(({ shownMs }) => shownMs)),
    });
    expect(bytes).toBeLessThanOrEqual(sentBytes);
    expect(kept).toBeLessThanOrEqual(keptBytes);
    // Not all at the end: it is seen to grow.
    expect(new Set(late.map(({ hadAtMs }) => hadAtMs)).size).toBeGreaterThan(20);
  });
});

/** Bytes and frames that a page sends from now on, with the headers of the frames. */
async function countSent(person: Person): Promise<() => Promise<[bytes: number, frames: number]>> {
  const session = await person.context.newCDPSession(person.page);
  await session.send("Network.enable");
  let bytes = 0;
  let frames = 0;
  session.on("Network.webSocketFrameSent", ({ response }) => {
    const payload = Buffer.from(response.payloadData, response.opcode === 2 ? "base64" : "utf8");
    // Two bytes, four of the mask, and two more from 126 on.
    bytes += payload.length + (payload.length < 126 ? 6 : 8);
    frames++;
  });
  return async () => {
    await session.detach();
    return [bytes, frames];
  };
}

interface Lateness {
  readonly hadAtMs: number;
  readonly hadMs: number;
  readonly shownMs: number;
}

/** How much later than who draws it the other has each point, and shows it. */
async function latenesses(
  ada: Person,
  bo: Person,
  draw: (editor: Editor) => Promise<Sighting[]>,
): Promise<Lateness[]> {
  await bo.edit(watchPoints);
  const drawn = await ada.edit(draw);
  await expectSameBoard(ada, bo);
  const { had, shown } = await bo.edit(sightings);
  return drawn.flatMap(([points, atMs]) => {
    const isOfThese = ([count]: Sighting): boolean => count >= points;
    const hadAtMs = had.find(isOfThese)?.[1];
    const shownAtMs = shown.find(isOfThese)?.[1];
    if (hadAtMs === undefined || shownAtMs === undefined) return [];
    return [{ hadAtMs, hadMs: hadAtMs - atMs, shownMs: shownAtMs - atMs }];
  });
}

function percentiles(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const [half, most, all] = [0.5, 0.95, 1].map((part) =>
    (sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN).toFixed(0),
  );
  return `${half} ms (p50), ${most} (p95), ${all} at most`;
}

/** Of every stroke in the document, from what the protocol says of ink: three numbers a point. */
function pointsIn(doc: Y.Doc): number {
  let numbers = 0;
  for (const value of doc.getMap("records").values()) {
    if (!(value instanceof Y.Array)) continue;
    for (const chunk of value.toArray() as string[]) {
      // A number ends with a character below 64.
      numbers += chunk.slice(1).match(/[\0-?]/gu)?.length ?? 0;
    }
  }
  return numbers / 3;
}

// These run in the page.

/** Notes when how many points are on the board. */
function watchPoints(editor: Editor): void {
  const seen: Sightings = { had: [], shown: [] };
  const note = (to: Sighting[], count: number): void => {
    to.push([count, performance.timeOrigin + performance.now()]);
  };
  const look = (): void => {
    let count = 0;
    for (const shape of editor.getCurrentPageShapes()) {
      const { segments } = shape.props as { segments?: { points: unknown[] }[] };
      for (const segment of segments ?? []) count += segment.points.length;
    }
    if (count <= (seen.had.at(-1)?.[0] ?? -1)) return;
    note(seen.had, count);
    requestAnimationFrame(() => note(seen.shown, count));
  };
  editor.sideEffects.registerAfterCreateHandler("shape", look);
  editor.sideEffects.registerAfterChangeHandler("shape", look);
  Object.assign(window, { sightings: seen });
}

function sightings(): Sightings {
  return (window as unknown as { sightings: Sightings }).sightings;
}

/** Dots, each when all is quiet: nothing waits for anything. */
async function drawDots(editor: Editor): Promise<Sighting[]> {
  const drawn: Sighting[] = [];
  for (let dot = 1; dot <= 10; dot++) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const segments = [{ type: "free", points: [{ x: 0, y: 0, z: 0.5 }] }];
    editor.createShape({
      type: "draw",
      x: dot * 20,
      y: 600,
      props: { segments, isComplete: true },
    });
    drawn.push([dot, performance.timeOrigin + performance.now()]);
  }
  return drawn;
}

/** A pen, at the pace of a hand: what a slow page has missed it is told at its next frame. */
async function drawStroke(editor: Editor): Promise<Sighting[]> {
  const drawn: Sighting[] = [];
  // Always more than a pixel on: tldraw joins a pen's points that are closer.
  const point = (step: number) => ({
    x: 150 + step * 1.9 + Math.sin(step / 9) * 8,
    y: 320 + Math.sin(step / 31) * 130 + Math.cos(step / 5) * 4,
    z: Math.round((0.5 + Math.sin(step / 40) / 3) * 100) / 100,
  });
  const pen = (name: "pointer_down" | "pointer_move" | "pointer_up", step: number): void => {
    editor.dispatch({
      type: "pointer",
      target: "canvas",
      name,
      point: point(step),
      pointerId: 7,
      button: 0,
      isPen: true,
      shiftKey: false,
      altKey: false,
      ctrlKey: false,
      metaKey: false,
      accelKey: false,
    });
  };
  const before = 10;
  let count = 0;
  editor.sideEffects.registerAfterChangeHandler("shape", (_before, { props }) => {
    const { segments } = props as { segments?: { points: unknown[] }[] };
    const now = (segments ?? []).reduce((sum, { points }) => sum + points.length, 0);
    if (now <= count) return;
    count = now;
    drawn.push([before + count, performance.timeOrigin + performance.now()]);
  });
  editor.setCurrentTool("draw");
  pen("pointer_down", 0);
  const startedAt = performance.now();
  for (let step = 1; step <= 500;) {
    await new Promise((resolve) => setTimeout(resolve, 4));
    for (; step <= 500 && performance.now() - startedAt >= step * 16; step++)
      pen("pointer_move", step);
  }
  await new Promise(requestAnimationFrame);
  pen("pointer_up", 500);
  return drawn;
}
