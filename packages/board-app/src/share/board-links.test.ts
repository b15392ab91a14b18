import { viewTokenOf } from "@boardwalk/board-model";
import { describe, expect, it } from "vitest";
import { linksOf } from "./board-links.ts";

const board = { origin: "https://board.example", boardId: "1".repeat(22), token: "t".repeat(43) };

describe("links to share", () => {
  it("are both for who may edit", () => {
    expect(linksOf({ ...board, role: "edit", hasViewLink: true })).toEqual({
      edit: `https://board.example/b/${board.boardId}#${board.token}`,
      view: `https://board.example/b/${board.boardId}#${viewTokenOf(board.token)}`,
    });
  });

  it("are without the view link where that has been taken back", () => {
    const links = linksOf({ ...board, role: "edit", hasViewLink: false });
    expect(links.edit).toContain(`#${board.token}`);
    expect(links.view).toBeNull();
  });

  it("are only the one they came by for who may look", () => {
    const links = linksOf({ ...board, role: "view", hasViewLink: false });
    expect(links.edit).toBeNull();
    expect(links.view).toContain(`#${board.token}`);
  });
});
