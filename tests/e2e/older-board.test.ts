import { canvasSchema, type CreatedBoard } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import type * as Y from "yjs";
import { expectEventually as expectCondition, openPlain } from "../integration/stock-clients.ts";
import { expectAllSaved, expectEventually, expectSameBoard, isSkipped, Stage } from "./stage.ts";

const boxId = "shape:old-box";

function schemaWith(shapes: Readonly<Record<string, number>>): string {
  const sequences: Record<string, number> = { ...canvasSchema.sequences };
  for (const [type, version] of Object.entries(shapes)) {
    sequences[`com.tldraw.shape.${type}`] = version;
  }
  return JSON.stringify({ ...canvasSchema, sequences });
}

/** A shape as it was before text was rich and shapes had a scale. */
const oldBox = JSON.stringify({
  $: 0,
  typeName: "shape",
  type: "geo",
  x: 300,
  y: 300,
  rotation: 0,
  isLocked: false,
  opacity: 1,
  meta: {},
  parentId: "page:page",
  index: "a1",
  props: {
    w: 200,
    h: 100,
    geo: "rectangle",
    dash: "draw",
    growY: 0,
    url: "",
    color: "blue",
    labelColor: "black",
    fill: "solid",
    size: "m",
    font: "draw",
    align: "middle",
    verticalAlign: "middle",
    text: "from long ago",
  },
});

describe.skipIf(isSkipped)("a board of another age than the page", () => {
  const stage = Stage.forFile();

  /** Changes the board's document from outside, as a page of another age would have. */
  async function change(board: CreatedBoard, work: (doc: Y.Doc) => void): Promise<Y.Doc> {
    const plain = openPlain(stage.server.url, { boardId: board.id, token: board.editToken });
    await expectCondition(() => plain.synced);
    plain.doc.transact(() => work(plain.doc));
    return plain.doc;
  }

  it("is shown in the page's form, also to who may only look, and says it when it is first changed", async () => {
    const board = await stage.server.createBoard("Old");
    const doc = await change(board, (old) => {
      old.getMap("board").set("schema", schemaWith({ geo: 8, note: 6, text: 2 }));
      old.getMap("records").set(boxId, oldBox);
    });
    const [ada, bo, vic] = await Promise.all(
      ["Ada", "Bo", "Vic"].map((name) => stage.person(name)),
    );
    if (ada === undefined || bo === undefined || vic === undefined) throw new Error("Nobody came");
    await Promise.all([ada.open(board.editUrl), bo.open(board.editUrl), vic.open(board.viewUrl)]);
    for (const person of [ada, bo, vic]) {
      await expectEventually(() => person.shapes()).toEqual([
        { type: "geo", x: 300, y: 300, text: "from long ago" },
      ]);
    }
    expect([...doc.getMap("board").keys()].toSorted()).toEqual(["format", "name", "schema"]);

    // Two pages go on from there at the same time.
    await Promise.all([
      ada.edit((editor) =>
        editor.updateShape({
          id: editor.getCurrentPageShapesSorted().at(-1)?.id ?? ("" as never),
          type: "geo",
          x: 500,
        }),
      ),
      bo.edit((editor) =>
        editor.updateShape({
          id: editor.getCurrentPageShapesSorted().at(-1)?.id ?? ("" as never),
          type: "geo",
          props: { color: "red", scale: 2 },
        }),
      ),
    ]);
    await expectEventually(() => vic.shapes()).toMatchObject([{ x: 500, text: "from long ago" }]);
    await expectAllSaved(ada, bo);
    await expectSameBoard(ada, bo, vic);
    expect(await vic.document()).toContain('"scale":2');
    await expectCondition(() => doc.getMap("board").get("schema") === JSON.stringify(canvasSchema));
    expect(doc.getMap("records").get(boxId)).toBe(oldBox);
  });

  it("is only looked at when it is newer, and what the page cannot show is said and kept", async () => {
    const board = await stage.server.createBoard("From the future");
    const ada = await stage.person("Ada");
    await ada.open(board.editUrl);
    await ada.draw("r", [300, 300], [500, 400]);
    await expectAllSaved(ada);
    const hologram = JSON.stringify({
      $: 0,
      typeName: "shape",
      type: "hologram",
      meta: {},
      props: {},
    });
    const doc = await change(board, (newer) => {
      newer.getMap("records").set("shape:hologram", hologram);
    });
    await ada.page.getByText("1 thing not shown", { exact: true }).waitFor();
    expect(await ada.types()).toEqual(["geo"]);
    // It is no hindrance to the rest.
    await ada.draw("o", [600, 300], [700, 400]);
    await expectAllSaved(ada);
    expect(doc.getMap("records").get("shape:hologram")).toBe(hologram);

    await change(board, (newer) => {
      newer.getMap("board").set("schema", schemaWith({ hologram: 0 }));
    });
    await ada.page.getByText("Made with a newer version: reload this page to edit").waitFor();
    await expectEventually(() => ada.page.getByTestId("tools.draw").count()).toBe(0);
    await ada.page.keyboard.press("Control+a");
    await ada.page.keyboard.press("Delete");
    expect(await ada.types()).toEqual(["geo", "geo"]);

    await change(board, (newer) => newer.getMap("records").delete("shape:hologram"));
    await expectEventually(() => ada.page.getByText("not shown").count()).toBe(0);
  });
});
