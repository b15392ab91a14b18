import { encodeFrame, encodeAwareness, type Message } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { editLink, RawClient } from "../integration/raw-client.ts";
import type { BoardwalkWindow, Person } from "./person.ts";
import { expectAllSaved, expectSameBoard, expectEventually, isSkipped, Stage } from "./stage.ts";

describe.skipIf(isSkipped)("a view link", () => {
  const stage = Stage.forFile();

  async function editorAndViewer() {
    const board = await stage.server.createBoard("For your eyes");
    const [ada, vic] = await Promise.all([
      stage.person("Ada", { permissions: ["clipboard-read", "clipboard-write"] }),
      stage.person("Vic", { permissions: ["clipboard-read", "clipboard-write"] }),
    ]);
    await Promise.all([ada.open(board.editUrl), vic.open(board.viewUrl)]);
    await ada.draw("r", [400, 300], [600, 400]);
    await expectEventually(() => vic.types()).toEqual(["geo"]);
    return { board, ada, vic };
  }

  it("is handed out by the share dialog, and shows everything live", async () => {
    const board = await stage.server.createBoard("Live");
    const ada = await stage.person("Ada");
    await ada.open(board.editUrl);
    await ada.button("Share").click();
    const dialog = ada.dialog("Share this board");
    await dialog.getByRole("tab", { name: "Can view" }).click();
    const link = await dialog.getByLabel("View link", { exact: true }).inputValue();
    expect(link).toBe(board.viewUrl);
    await ada.page.keyboard.press("Escape");

    const vic = await stage.person("Vic");
    await vic.open(link);
    await vic.page.getByText("View only", { exact: true }).waitFor();
    await ada.draw("d", [300, 300], [400, 350], [450, 300]);
    await ada.note([700, 300], "Look");
    await expectEventually(() => vic.shapes()).toMatchObject([{ type: "draw" }, { text: "Look" }]);
    await ada.page.mouse.move(350, 500);
    await vic.page.locator(".tl-nametag", { hasText: "Ada" }).waitFor();
    await vic.page.mouse.move(600, 500);
    await ada.page.locator(".tl-nametag", { hasText: "Vic" }).waitFor();
    await expectSameBoard(ada, vic);

    // Who may only look passes on no more than that.
    await vic.button("Share").click();
    await vic.dialog("Share this board").getByLabel("View link", { exact: true }).waitFor();
    expect(await vic.dialog("Share this board").getByRole("tab").count()).toBe(0);
    const values = await vic
      .dialog("Share this board")
      .getByRole("textbox")
      .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
    expect(values).toEqual([board.viewUrl]);
  });

  it("offers no tool that changes anything", async () => {
    const { ada, vic } = await editorAndViewer();
    const tools = ["draw", "eraser", "arrow", "text", "note", "asset", "rectangle"];
    const offeredTo = (person: Person) =>
      person.page.evaluate(
        (names) => names.filter((name) => document.querySelector(`[data-testid="tools.${name}"]`)),
        tools,
      );
    expect(await offeredTo(ada)).toEqual(tools);
    expect(await offeredTo(vic)).toEqual([]);
    expect(await vic.page.getByRole("button", { name: /^Rename board/ }).count()).toBe(0);
    await vic.page.getByTestId("main-menu.button").click();
    await vic.page.getByRole("menuitem", { name: "Export…" }).waitFor();
    expect(await vic.page.getByRole("menuitem", { name: "Open .tldr file…" }).count()).toBe(0);
  });

  it("changes nothing by keyboard, mouse, clipboard or the canvas's own functions", async () => {
    const { ada, vic } = await editorAndViewer();
    const before = await ada.document();

    for (const key of ["d", "r", "n", "t", "a", "e"]) {
      await vic.page.keyboard.press(key);
      await vic.drag([420, 320], [500, 340], [580, 380]);
    }
    await vic.page.keyboard.press("v");
    await vic.drag([400, 350], [300, 500]);
    await vic.page.mouse.dblclick(500, 350);
    await vic.page.keyboard.type("typed");
    await vic.page.keyboard.press("Escape");
    await vic.page.keyboard.press("Control+a");
    for (const key of ["Delete", "Backspace", "ArrowLeft", "Control+d", "Control+x", "Control+g"]) {
      await vic.page.keyboard.press(key);
    }
    // To copy is allowed, and takes its time: what is pasted must not change while it is read.
    await expectEventually(() => vic.page.evaluate(hasCopied)).toBe(true);
    await vic.page.evaluate(() => navigator.clipboard.writeText("pasted"));
    await vic.page.keyboard.press("Control+v");
    await vic.page.keyboard.press("Control+z");

    await vic.edit((editor) => {
      editor.createShape({ type: "geo", x: 10, y: 10 });
      editor.updateInstanceState({ isReadonly: false });
      editor.createShape({ type: "geo", x: 20, y: 20 });
      editor.deleteShapes([...editor.getCurrentPageShapeIds()]);
      editor.createPage({ name: "Mine" });
    });
    // Past every check of the canvas: straight into its store.
    await vic.edit((editor) => {
      const [shape] = editor.getCurrentPageShapes();
      if (shape === undefined) throw new Error("There is no shape");
      editor.store.put([{ ...shape, x: 1_000, opacity: 0.5 }]);
    });

    // What Ada does next comes after all that, and is all that is there.
    await ada.draw("o", [800, 300], [900, 400]);
    await expectEventually(() => vic.types()).toEqual(["geo", "geo"]);
    await expectSameBoard(ada, vic);
    await ada.page.keyboard.press("Control+z");
    await expectEventually(() => vic.document()).toBe(before);
    expect(await ada.document()).toBe(before);
    expect(await vic.unsaved()).toBe(0);
  });

  it("changes nothing by frames sent by hand", async () => {
    const { board, ada, vic } = await editorAndViewer();
    await expectAllSaved(ada);
    const before = await ada.document();
    const [shapeId] = await ada.edit((editor) => [...editor.getCurrentPageShapeIds()]);
    if (shapeId === undefined) throw new Error("There is no shape");

    const client = await RawClient.join(stage.server.url, editLink(board));
    const forged = [
      client.draft((document) => document.getMap("records").delete(shapeId)),
      client.draft((document) => document.getMap("board").set("name", "Taken over")),
      client.draft((document) => document.getMap("records").set(`${shapeId}/g`, [0, 0, 0, 9, 9])),
    ];
    const whole = Y.encodeStateAsUpdate(client.document);
    const frames: Message[] = [
      ...forged.map((payload): Message => ({ type: "sync", sync: { kind: "update", payload } })),
      { type: "sync", sync: { kind: "step2", payload: whole } },
    ];
    const answers = await sendByHand(
      vic,
      [{ type: "auth", auth: { kind: "token", token: board.viewToken } } as const, ...frames].map(
        (message) => encodeFrame(board.id, message),
      ),
      frames.length,
    );
    expect(answers).toEqual(frames.map(() => 0));

    await ada.draw("o", [800, 300], [900, 400]);
    await expectEventually(() => vic.types()).toEqual(["geo", "geo"]);
    await ada.page.keyboard.press("Control+z");
    await expectEventually(() => vic.document()).toBe(before);
    expect(await ada.document()).toBe(before);
    await ada.button("Rename board: For your eyes").waitFor();

    // The very same frames do it by an edit link: it was the right that was missing.
    for (const update of forged) client.sendUpdate(update);
    expect(await client.answered(forged.length)).toBe(true);
    await ada.button("Rename board: Taken over").waitFor();
    await expectEventually(() => vic.types()).toEqual([]);
  });

  it("does not speak for someone else", async () => {
    const { board, ada, vic } = await editorAndViewer();
    const clientId = await vic.page.evaluate(
      () => (window as BoardwalkWindow).boardwalk?.session.peers[0]?.clientId,
    );
    if (clientId === undefined) throw new Error("Vic does not see Ada");
    const state = JSON.stringify({
      id: "0".repeat(32),
      name: "Mallory",
      color: "#d22b25",
      page: "page:page",
      cursor: [0, 0],
      selection: [],
      view: null,
      following: null,
      idle: false,
      viewer: false,
    });
    const forged = encodeAwareness([{ clientId, clock: 1_000_000, state }]);
    const refusedBefore = await stage.server.metric("boardwalk_presence_refused_total");
    await sendByHand(
      vic,
      [
        { type: "auth", auth: { kind: "token", token: board.viewToken } } as const,
        { type: "awareness", update: forged } as const,
      ].map((message) => encodeFrame(board.id, message)),
      0,
    );
    await expectEventually(() => stage.server.metric("boardwalk_presence_refused_total")).toBe(
      refusedBefore + 1,
    );
    await ada.page.mouse.move(500, 600);
    await vic.page.locator(".tl-nametag", { hasText: "Ada" }).waitFor();
    expect(await vic.others()).toEqual(["Ada"]);
  });

  it("is exchanged for another in the same page, which keeps nothing of the one before", async () => {
    const board = await stage.server.createBoard("Plan");
    const ada = await stage.person("Ada");
    await ada.open(board.editUrl);
    for (const [url, tools] of [
      [board.viewUrl, 0],
      [board.editUrl, 1],
      [board.viewUrl, 0],
      [board.editUrl, 1],
    ] as const) {
      await ada.page.evaluate((hash) => {
        window.location.hash = hash;
      }, new URL(url).hash);
      await expectEventually(() => ada.page.getByTestId("tools.draw").count()).toBe(tools);
      await ada.canvas.waitFor();
    }
    // React may hold on to what it showed last.
    await expectEventually(() => ada.editorCount()).toBeLessThanOrEqual(2);
  });
});

/**
 * Opens a socket of its own in the page, sends the frames, and waits for so many SyncStatus; returns
 * what they say. The socket stays open with the page.
 */
async function sendByHand(
  person: Person,
  frames: readonly Uint8Array[],
  answers: number,
): Promise<number[]> {
  const encoded = frames.map((frame) => Buffer.from(frame).toString("base64"));
  return person.page.evaluate(
    async ({ base64Frames, expected }) => {
      const socket = new WebSocket(`ws://${location.host}/sync`);
      socket.binaryType = "arraybuffer";
      await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
      const heard: number[] = [];
      const done = new Promise<void>((resolve, reject) => {
        socket.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code}`)));
        socket.addEventListener("message", ({ data }: MessageEvent<ArrayBuffer>) => {
          const bytes = new Uint8Array(data);
          // varString(board id), then type 8, then the status.
          const type = bytes[1 + (bytes[0] ?? 0)];
          if (type === 8) heard.push(bytes[2 + (bytes[0] ?? 0)] ?? -1);
          if (heard.length >= expected) resolve();
        });
        if (expected === 0) resolve();
      });
      for (const base64 of base64Frames) {
        socket.send(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
      }
      await done;
      return heard;
    },
    { base64Frames: encoded, expected: answers },
  );
}

/** Runs in the page: shapes are copied as HTML. */
async function hasCopied(): Promise<boolean> {
  const items = await navigator.clipboard.read();
  return items.some(({ types }) => types.includes("text/html"));
}
