import { openStore } from "@boardwalk/persistence";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../test-server.ts";
import { LinkUse } from "./link-use.ts";
import { newBoardId } from "./secret.ts";

async function openUse() {
  const dataDir = await temporaryFolder();
  const store = await openStore({ dataDir, logger: pino({ level: "silent" }) });
  onTestFinished(() => store.close());
  return { store, use: new LinkUse({ store }) };
}

describe("the use of links", () => {
  it("is known at once and written later, however many come in", async () => {
    const { store, use } = await openUse();
    const boardId = newBoardId();
    const before = store.stats().commits;
    for (let nowMs = 0; nowMs < 1_000; nowMs++) use.note(boardId, "edit", nowMs);
    use.note(boardId, "view", 5_000);
    const expected = { edit: new Date(999).toISOString(), view: new Date(5_000).toISOString() };
    expect(await use.read(boardId)).toEqual(expected);
    expect(store.stats().commits).toBe(before);
    await use.close();
    expect(store.stats().commits).toBe(before + 1);
    expect(await new LinkUse({ store }).read(boardId)).toEqual(expected);
  });

  it("is kept of links that are not used this time", async () => {
    const { store, use } = await openUse();
    const boardId = newBoardId();
    use.note(boardId, "edit", 1_000);
    await use.close();
    const next = new LinkUse({ store });
    next.note(boardId, "view", 2_000);
    await next.close();
    expect(Object.keys(await new LinkUse({ store }).read(boardId)).toSorted()).toEqual([
      "edit",
      "view",
    ]);
  });

  it("is forgotten, the earliest first, when there are too many links", async () => {
    const { store, use } = await openUse();
    const boardId = newBoardId();
    for (let link = 0; link < 301; link++) use.note(boardId, `link ${link}`, 1_000 * link);
    await use.close();
    const lastUsedAt = await new LinkUse({ store }).read(boardId);
    expect(Object.keys(lastUsedAt)).toHaveLength(300);
    expect(lastUsedAt["link 0"]).toBeUndefined();
  });
});
