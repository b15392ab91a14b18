import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as Y from "yjs";
import { databaseName, LocalCopy } from "./local-copy.ts";

const server = Symbol("server");
const token = "token";
const boards: string[] = [];
const copies: LocalCopy[] = [];
let boardId: string;

beforeEach(() => {
  boardId = `board-${boards.length}`;
  boards.push(boardId);
});

afterEach(async () => {
  for (const copy of copies.splice(0)) await copy.close();
});

/** A tab of this browser: a document of its own, and the copy that it shares with the others. */
async function openTab() {
  const doc = new Y.Doc();
  const copy = await LocalCopy.open(boardId, doc, {
    isSaved: (origin) => origin === server,
    onChange: () => undefined,
  });
  copies.push(copy);
  const memory = await copy.load(token);
  const change = (key: string, value: number, origin: unknown = "person"): void => {
    doc.transact(() => doc.getMap("test").set(key, value), origin);
  };
  return { copy, doc, change, memory, content: () => doc.getMap("test").toJSON() };
}

/** What would be there if this page were gone in this moment. */
function keptNow(): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(databaseName(boardId));
    opening.onerror = () => reject(opening.error ?? new Error("It does not open"));
    opening.onsuccess = () => {
      const database = opening.result;
      const reading = database.transaction("updates").objectStore("updates").getAll();
      reading.onsuccess = () => {
        const doc = new Y.Doc();
        for (const update of reading.result as Uint8Array[]) Y.applyUpdate(doc, update);
        database.close();
        resolve(doc.getMap("test").toJSON());
      };
    };
  });
}

describe("the copy of a board in this browser", () => {
  it("holds what was done in an earlier session, and whether it was saved", async () => {
    const first = await openTab();
    expect(first.copy.unsavedSessions).toBe(0);
    first.change("saved", 1, server);
    expect(first.copy.unsavedSessions).toBe(0);
    first.change("mine", 2);
    expect(first.copy.unsavedSessions).toBe(1);
    await first.copy.close();
    const second = await openTab();
    expect(second.content()).toEqual({ saved: 1, mine: 2 });
    expect(second.copy.unsavedSessions).toBe(1);
    await second.copy.forgetUnsaved();
    expect(second.copy.unsavedSessions).toBe(0);
    expect((await openTab()).copy.unsavedSessions).toBe(0);
  });

  it("is given each change at once, though the one before is still being written", async () => {
    const { change } = await openTab();
    const wanted: Record<string, number> = {};
    const kept: Promise<Record<string, unknown>>[] = [];
    for (let value = 0; value < 20; value++) {
      change(`key ${value}`, value);
      wanted[`key ${value}`] = value;
      kept.push(keptNow());
      await Promise.resolve();
    }
    for (const [value, content] of (await Promise.all(kept)).entries()) {
      expect(content).toMatchObject({ [`key ${value}`]: value });
    }
    expect(await kept.at(-1)).toEqual(wanted);
  });

  it("does not take another tab's change for saved", async () => {
    const [ada, bo] = [await openTab(), await openTab()];
    ada.change("ada", 1);
    bo.change("bo", 1);
    await ada.copy.forgetUnsaved();
    expect((await openTab()).copy.unsavedSessions).toBe(1);
    await bo.copy.forgetUnsaved();
    expect((await openTab()).copy.unsavedSessions).toBe(0);
  });

  it("does not take what another tab does meanwhile for saved", async () => {
    const ada = await openTab();
    ada.change("ada", 1);
    // Sees that Ada's tab has something, and sends it.
    const bo = await openTab();
    expect(bo.copy.unsavedSessions).toBe(1);
    ada.change("ada", 2);
    await bo.copy.forgetUnsaved();
    expect((await openTab()).copy.unsavedSessions).toBe(1);
    await ada.copy.forgetUnsaved();
    expect((await openTab()).copy.unsavedSessions).toBe(0);
  });

  it("puts many changes together, with what another tab has stored, and loses none", async () => {
    const [ada, bo] = [await openTab(), await openTab()];
    bo.change("bo", 1);
    for (let value = 0; value <= 1_000; value++) ada.change("ada", value);
    await ada.copy.close();
    await bo.copy.close();
    const later = await openTab();
    expect(later.content()).toEqual({ ada: 1_000, bo: 1 });
    expect(later.copy.unsavedSessions).toBe(2);
  });

  it("says when it does not keep everything, and is whole again with the next change that it keeps", async () => {
    const { copy, change } = await openTab();
    const full = vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(() => {
      throw new DOMException("No room", "QuotaExceededError");
    });
    try {
      change("lost", 1);
      await expect.poll(() => copy.keeps).toBe(false);
    } finally {
      full.mockRestore();
    }
    change("kept", 2);
    await expect.poll(() => copy.keeps).toBe(true);
    expect(await keptNow()).toEqual({ lost: 1, kept: 2 });
  });

  it.each(["refused", "cut short"])(
    "remembers what is not saved also where its write was %s and another's change replaces it",
    async (failure) => {
      const { copy, change } = await openTab();
      const noRoom = (): never => {
        throw new DOMException("No room", "QuotaExceededError");
      };
      if (failure === "refused") {
        vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementationOnce(noRoom);
      } else vi.spyOn(IDBObjectStore.prototype, "add").mockImplementationOnce(noRoom);
      try {
        change("mine", 1);
        await expect.poll(() => copy.keeps).toBe(false);
      } finally {
        vi.restoreAllMocks();
      }
      change("theirs", 2, server);
      await expect.poll(() => copy.keeps).toBe(true);
      expect(copy.unsavedSessions).toBe(1);
      const next = await openTab();
      expect(next.content()).toEqual({ mine: 1, theirs: 2 });
      expect(next.copy.unsavedSessions).toBe(1);
      await copy.forgetUnsaved();
      expect((await openTab()).copy.unsavedSessions).toBe(0);
    },
  );

  it("remembers what a link allowed, and of another link nothing", async () => {
    const first = await openTab();
    expect(first.memory).toEqual({ readOnly: null, linkRole: null, token });
    await first.copy.writeMemory({ readOnly: true, linkRole: "edit", token });
    expect((await openTab()).memory).toEqual({ readOnly: true, linkRole: "edit", token });
    await first.copy.writeMemory({ readOnly: true, linkRole: "view", token: "another" });
    expect((await openTab()).memory).toEqual({ readOnly: null, linkRole: null, token });
  });
});
