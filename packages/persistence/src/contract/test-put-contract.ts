import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import type { Store } from "../store.ts";
import { type ContractStores, recorded, replay } from "./test-contract-stores.ts";

/** Pieces so small that every document here has many of them. */
const limits = { snapshotChunkBytes: 100 };

function wholeOf(text: string): Uint8Array {
  const document = new Y.Doc();
  document.getText("t").insert(0, text);
  return Y.encodeStateAsUpdate(document);
}

async function textIn(store: Store, name: string): Promise<string | null> {
  const stored = await store.updates.load(name);
  expect(stored?.damage ?? null).toBeNull();
  return stored === null ? null : replay(stored).getText("t").toJSON();
}

/** Documents that are put whole, in pieces. */
export function putContract(stores: ContractStores): void {
  describe("a document that is put", () => {
    const text = "from another server ".repeat(100);

    it("is given back as it was, and goes on as any other", async () => {
      let store = await stores.open(limits);
      await store.versions.put("a", wholeOf("version"), new Uint8Array());
      const update = wholeOf(text);
      await store.updates.put("a", update);
      await store.close();
      store = await stores.open({ ...limits, minCompactionBytes: 3000 });
      const stored = await store.updates.load("a");
      expect(stored).toMatchObject({ updates: [], lastSequence: 1, damage: null });
      expect(Buffer.compare(stored?.snapshot ?? Buffer.of(), update)).toBe(0);
      const { document, saved } = recorded(store, "a");
      for (let index = 0; index < 400; index++) document.getMap("m").set("k", index);
      await saved();
      await store.settled();
      expect(store.stats().compactions).toBeGreaterThan(0);
      expect(await textIn(store, "a")).toBe(text);
      expect(
        replay(await store.updates.load("a"))
          .getMap("m")
          .get("k"),
      ).toBe(399);
      expect(await store.versions.list("a")).toHaveLength(1);
      await store.updates.delete("a");
      await store.settled();
      expect(await store.updates.load("a")).toBeNull();
      expect(stores.errors).toEqual([]);
    });

    it("is new, or refused", async () => {
      const store = await stores.open(limits);
      const exists = { code: "DOCUMENT_EXISTS" };
      await store.updates.append("a", wholeOf("appended"));
      await expect(store.updates.put("a", wholeOf(text))).rejects.toMatchObject(exists);
      expect(await textIn(store, "a")).toBe("appended");
      await store.updates.put("b", wholeOf("put"));
      await expect(store.updates.put("b", wholeOf(text))).rejects.toMatchObject(exists);
      expect(await textIn(store, "b")).toBe("put");
    });

    it("takes nothing from what is appended while it is written", async () => {
      let store = await stores.open(limits);
      const names = Array.from({ length: 12 }, (_, index) => `a${index}`);
      const putting = names.map((name) => store.updates.put(name, wholeOf(text)));
      const results = Promise.allSettled(putting);
      let commits = store.stats().commits;
      for (const name of names) {
        // One commit further into the making of the first than the one before.
        await expect.poll(() => store.stats().commits, { interval: 1 }).toBeGreaterThan(commits);
        commits = store.stats().commits;
        await store.updates.append(name, wholeOf("appended"));
      }
      const outcomes = (await results).map(({ status }) => status);
      await store.settled();
      await store.close();
      store = await stores.open(limits);
      for (const [index, name] of names.entries()) {
        const found = await textIn(store, name);
        expect(found).toContain("appended");
        expect(found?.includes(text)).toBe(outcomes[index] === "fulfilled");
      }
      expect(outcomes).toContain("rejected");
      expect(stores.errors).toEqual([]);
    });

    it("may have the name of one that was deleted", async () => {
      let store = await stores.open(limits);
      for (let round = 0; round < 3; round++) {
        await store.updates.put("a", wholeOf(`${text}${round}`));
        await store.updates.append("a", wholeOf("appended"));
        if (round < 2) await store.updates.delete("a");
      }
      await store.settled();
      await store.close();
      store = await stores.open(limits);
      const found = await textIn(store, "a");
      expect(found).toContain(`${text}2`);
      expect(found).toContain("appended");
      expect(found).toHaveLength(text.length + 1 + "appended".length);
    });

    it("is not there when it is deleted while it is written", async () => {
      let store = await stores.open(limits);
      const put = store.updates.put("a", wholeOf(text)).catch((error: unknown) => error);
      await expect.poll(() => store.stats().commits, { interval: 1 }).toBeGreaterThan(2);
      await store.updates.delete("a");
      await put;
      await store.settled();
      expect(await store.updates.load("a")).toBeNull();
      await store.close();
      store = await stores.open(limits);
      for await (const name of store.updates.names()) expect(name).toBe("none");
      await store.updates.put("a", wholeOf("again"));
      expect(await textIn(store, "a")).toBe("again");
      expect(stores.errors).toEqual([]);
    });
  });

  describe("a document that is larger than is kept as one", () => {
    const small = { ...limits, maxDocumentBytes: 1500, minCompactionBytes: 1000 };
    const tooLarge = { code: "STORE_TOO_LARGE" };

    it("is not put, and no version of it", async () => {
      const store = await stores.open(small);
      const update = wholeOf("x".repeat(2000));
      await expect(store.updates.put("a", update)).rejects.toMatchObject(tooLarge);
      const version = store.versions.put("a", update, new Uint8Array());
      await expect(version).rejects.toMatchObject(tooLarge);
      expect(await store.updates.load("a")).toBeNull();
      expect(await store.versions.list("a")).toEqual([]);
    });

    it("keeps its log, with all that is appended", async () => {
      let store = await stores.open(small);
      for (let index = 0; index < 10; index++) {
        await store.updates.append("a", wholeOf("x".repeat(300)));
        await store.settled();
      }
      const version = store.versions.create("a", new Uint8Array());
      await expect(version).rejects.toMatchObject(tooLarge);
      expect(store.stats().failedCompactions).toBeGreaterThan(0);
      await store.close();
      store = await stores.open(small);
      expect(await textIn(store, "a")).toBe("x".repeat(3000));
    });
  });
}
