import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { MAX_DETAILS_BYTES } from "../limits.ts";
import type { Store } from "../store.ts";
import type { ContractStores } from "./test-contract-stores.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined): string => new TextDecoder().decode(found);
const idsIn = async (store: Store, name: string): Promise<string[]> =>
  (await store.versions.list(name)).map(({ id }) => id);

/** A document whose every change is appended to `name`; `set` resolves when it is durable. */
function counter(store: Store, name: string): (value: number) => Promise<void> {
  const document = new Y.Doc();
  return async (value) => {
    const before = Y.encodeStateVector(document);
    document.getMap("m").set("value", value);
    await store.updates.append(name, Y.encodeStateAsUpdate(document, before));
  };
}

/** What `counter` last set in the document that `id` keeps; null where there is no such version. */
async function valueIn(store: Store, name: string, id: string | undefined): Promise<unknown> {
  const update = await store.versions.load(name, id ?? "");
  if (update === null) return null;
  const document = new Y.Doc();
  Y.applyUpdate(document, update);
  return document.getMap("m").get("value");
}

/** What a store does with versions of documents. */
export function versionContract(stores: ContractStores): void {
  describe("a version", () => {
    it("is the document as it was stored, whatever becomes of it, also later", async () => {
      let store = await stores.open({ minCompactionBytes: 300, snapshotChunkBytes: 50 });
      const set = counter(store, "a");
      for (let value = 1; value <= 60; value++) {
        await set(value);
        if (value % 20 === 0) await store.versions.create("a", bytes(`at ${value}`));
      }
      await store.settled();
      expect(store.stats()).toMatchObject({ failedCompactions: 0 });
      expect(store.stats().compactions).toBeGreaterThan(0);
      for (const reopened of [false, true]) {
        if (reopened) {
          await store.close();
          store = await stores.open();
        }
        const versions = await store.versions.list("a");
        expect(versions.map(({ details }) => text(details))).toEqual(["at 20", "at 40", "at 60"]);
        for (const [index, { id, bytes: size }] of versions.entries()) {
          expect((await store.versions.load("a", id))?.length).toBe(size);
          expect(await valueIn(store, "a", id)).toBe((index + 1) * 20);
        }
      }
      expect((await store.updates.load("a"))?.damage).toBeNull();
      expect(stores.errors).toEqual([]);
    });

    it("holds all that was acknowledged before the call, while appends go on", async () => {
      const store = await stores.open({ minCompactionBytes: 500 });
      const set = counter(store, "a");
      let acknowledged = 0;
      let isWriting = true;
      const writing = (async () => {
        for (let value = 1; isWriting; value++) {
          await set(value);
          acknowledged = value;
        }
      })();
      for (let round = 0; round < 15; round++) {
        const before = acknowledged;
        const version = await store.versions.create("a", new Uint8Array());
        if (version === null) expect(before).toBe(0);
        else expect(await valueIn(store, "a", version.id)).toBeGreaterThanOrEqual(before);
      }
      isWriting = false;
      await writing;
      await store.settled();
      expect(await valueIn(store, "a", (await idsIn(store, "a")).at(-1))).toBeGreaterThan(0);
    });

    it("has an id that is greater than the earlier ones and never given again", async () => {
      let store = await stores.open();
      const given: string[] = [];
      for (let round = 0; round < 4; round++) {
        const made = await Promise.all(
          [1, 2, 3].map(() => store.versions.put("a", Uint8Array.of(0, 0), new Uint8Array())),
        );
        given.push(...made.map(({ id }) => id));
        await store.versions.delete("a", [given.at(-1) ?? "", given.at(-3) ?? ""]);
        if (round === 2) await store.updates.delete("a");
        await store.settled();
        await store.close();
        store = await stores.open();
      }
      expect(new Set(given).size).toBe(given.length);
      expect([...given].sort()).toEqual(given);
      expect(await idsIn(store, "a")).toEqual(given.slice(-2, -1));
    });

    it.each([
      ["nothing", 0, 1000],
      ["one byte", 1, 1000],
      ["just as much as a piece holds", 1000, 1000],
      ["many pieces", 100_500, 1000],
      ["more than one update may have", 40 * 1024 * 1024, 1024 * 1024],
    ])("of %s is given back as it was put", async (_, size, snapshotChunkBytes) => {
      let store = await stores.open({ snapshotChunkBytes });
      const content = Buffer.alloc(size, "a board from an archive");
      const details = Buffer.from([0, 255, 1]);
      const put = await store.versions.put("a", content, details);
      expect(put).toMatchObject({ bytes: size });
      await store.close();
      store = await stores.open();
      const [version] = await store.versions.list("a");
      expect({ ...version, details: Buffer.from(version?.details ?? []) }).toEqual({
        ...put,
        details,
      });
      const found = await store.versions.load("a", put.id);
      expect(Buffer.compare(found ?? Buffer.of(1), content)).toBe(0);
    });

    it("makes no document, and needs none to be put", async () => {
      const store = await stores.open();
      expect(await store.versions.create("a", new Uint8Array())).toBeNull();
      expect(await store.versions.list("a")).toEqual([]);
      await store.versions.put("a", Uint8Array.of(0, 0), new Uint8Array());
      expect(await store.updates.load("a")).toBeNull();
      for await (const name of store.updates.names()) expect(name).toBe("none");
      await store.updates.append("a", Uint8Array.of(0, 0));
      expect(await idsIn(store, "a")).toHaveLength(1);
    });

    it("can be given other details", async () => {
      let store = await stores.open();
      const { id } = await store.versions.put("a", bytes("content"), bytes("before"));
      const described = await store.versions.describe("a", id, bytes("and after"));
      expect(described).toMatchObject({ id, bytes: 7 });
      expect(text(described?.details)).toBe("and after");
      expect(await store.versions.describe("b", id, bytes("other"))).toBeNull();
      await store.close();
      store = await stores.open();
      expect((await store.versions.list("a")).map(({ details }) => text(details))).toEqual([
        "and after",
      ]);
      expect(text((await store.versions.load("a", id)) ?? undefined)).toBe("content");
      await store.versions.delete("a", [id]);
      expect(await store.versions.describe("a", id, bytes("late"))).toBeNull();
      expect(await store.versions.list("a")).toEqual([]);
    });

    it("is deleted by its id, and no other with it", async () => {
      let store = await stores.open({ snapshotChunkBytes: 2 });
      for (const name of ["a", "b"]) {
        for (let value = 0; value < 4; value++) {
          await store.versions.put(name, bytes(`${name} ${value}`), new Uint8Array());
        }
      }
      const [first = "", second = "", third = "", fourth = ""] = await idsIn(store, "a");
      const others = await idsIn(store, "b");
      await store.versions.delete("a", [
        third,
        first,
        first,
        ...others,
        "",
        "none",
        "9".repeat(16),
      ]);
      await store.versions.delete("never", [second]);
      expect(await store.versions.load("a", first)).toBeNull();
      for (const reopened of [false, true]) {
        if (reopened) {
          await store.settled();
          await store.close();
          store = await stores.open();
        }
        expect(await idsIn(store, "a")).toEqual([second, fourth]);
        expect(text((await store.versions.load("a", fourth)) ?? undefined)).toBe("a 3");
        expect(await idsIn(store, "b")).toEqual(others);
      }
    });

    it("is found under its document and id only", async () => {
      const store = await stores.open();
      const { id } = await store.versions.put("a", Uint8Array.of(1), new Uint8Array());
      for (const other of ["", "x", `${id}0`, id.slice(1), `-${id.slice(1)}`, "9".repeat(16)]) {
        expect(await store.versions.load("a", other)).toBeNull();
      }
      expect(await store.versions.load("aa", id)).toBeNull();
      for (const name of ["", "\ud800", "x".repeat(1025)]) {
        const badName = { code: "STORE_BAD_NAME" };
        const none = new Uint8Array();
        await expect(store.versions.create(name, none)).rejects.toMatchObject(badName);
        await expect(store.versions.put(name, none, none)).rejects.toMatchObject(badName);
        await expect(store.versions.list(name)).rejects.toMatchObject(badName);
        await expect(store.versions.load(name, id)).rejects.toMatchObject(badName);
        await expect(store.versions.describe(name, id, none)).rejects.toMatchObject(badName);
        await expect(store.versions.delete(name, [id])).rejects.toMatchObject(badName);
      }
    });

    it("is refused with too many details, and beyond the number a document may have", async () => {
      const store = await stores.open({ maxVersions: 3 });
      const content = Uint8Array.of(0, 0);
      const tooMany = new Uint8Array(MAX_DETAILS_BYTES + 1);
      await store.updates.append("a", content);
      const tooLarge = { code: "STORE_TOO_LARGE" };
      await expect(store.versions.create("a", tooMany)).rejects.toMatchObject(tooLarge);
      await expect(store.versions.put("a", content, tooMany)).rejects.toMatchObject(tooLarge);
      const made = await Promise.allSettled(
        [1, 2, 3, 4].map(() => store.versions.create("a", tooMany.subarray(1))),
      );
      expect(made.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "fulfilled",
        "rejected",
      ]);
      const full = { code: "VERSIONS_FULL" };
      await expect(store.versions.put("a", content, content)).rejects.toMatchObject(full);
      await store.versions.put("b", content, content);
      const [oldest = ""] = await idsIn(store, "a");
      await expect(store.versions.describe("a", oldest, tooMany)).rejects.toMatchObject(tooLarge);
      await store.versions.delete("a", [oldest]);
      await store.versions.create("a", content);
      expect(await idsIn(store, "a")).toHaveLength(3);
    });

    it("of a log that does not replay is refused, and leaves nothing", async () => {
      const store = await stores.open();
      await store.updates.append("a", Uint8Array.of(255, 255, 255, 255));
      await expect(store.versions.create("a", new Uint8Array())).rejects.toMatchObject({
        code: "STORE_DAMAGED",
      });
      expect(await store.versions.list("a")).toEqual([]);
      await counter(store, "b")(1);
      expect(await store.versions.create("b", new Uint8Array())).not.toBeNull();
    });
  });

  describe("the versions of a document that is deleted", () => {
    it("are gone with it, and do not come back with its name", async () => {
      let store = await stores.open({ snapshotChunkBytes: 10 });
      for (const name of ["a", "ab"]) {
        await counter(store, name)(1);
        await store.versions.create(name, new Uint8Array());
        await store.versions.put(name, bytes("a longer content"), new Uint8Array());
      }
      await store.versions.put("never written", Uint8Array.of(1), new Uint8Array());
      const [old = ""] = await idsIn(store, "a");
      await store.updates.delete("a");
      await store.updates.delete("never written");
      expect(await store.versions.list("a")).toEqual([]);
      expect(await store.versions.load("a", old)).toBeNull();
      expect(await store.versions.describe("a", old, new Uint8Array())).toBeNull();
      await counter(store, "a")(2);
      const renewed = await store.versions.create("a", new Uint8Array());
      for (const reopened of [false, true]) {
        if (reopened) {
          await store.settled();
          await store.close();
          store = await stores.open();
        }
        expect(await idsIn(store, "a")).toEqual([renewed?.id]);
        expect(await valueIn(store, "a", renewed?.id)).toBe(2);
        expect(await idsIn(store, "ab")).toHaveLength(2);
        expect(await idsIn(store, "never written")).toEqual([]);
      }
    });

    it("are gone also where they were being made", async () => {
      const store = await stores.open({ snapshotChunkBytes: 10 });
      for (let round = 0; round < 30; round++) {
        const name = `document ${round % 3}`;
        await counter(store, name)(round);
        const making = [
          store.versions.create(name, new Uint8Array()),
          store.versions.put(name, bytes("a longer content"), new Uint8Array()),
        ];
        for (let turn = 0; turn < round; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        await store.updates.delete(name);
        const listed = await idsIn(store, name);
        await Promise.all(making);
        // One begun after the deletion may be there: the one that was put.
        expect((await idsIn(store, name)).length).toBeLessThanOrEqual(1);
        for (const id of listed) expect(await store.versions.load(name, id)).not.toBeNull();
        await store.updates.delete(name);
        expect(await idsIn(store, name)).toEqual([]);
      }
      await store.settled();
      expect(stores.errors).toEqual([]);
    });
  });

  describe("a version under way when the store closes", () => {
    it("is there whole, or not at all", async () => {
      for (let round = 0; round < 8; round++) {
        let store = await stores.open({ snapshotChunkBytes: 10 });
        await counter(store, "a")(round);
        const making = [0, 1, 2].map(() => store.versions.create("a", new Uint8Array()));
        for (let turn = 0; turn < round * 2; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        const closed = store.close();
        const made = await Promise.allSettled(making);
        await closed;
        const ids = made.flatMap((result) => {
          if (result.status === "fulfilled") return result.value?.id ?? [];
          expect(result.reason).toMatchObject({ code: "STORE_CLOSED" });
          return [];
        });
        store = await stores.open();
        const found = await idsIn(store, "a");
        expect(found).toEqual(expect.arrayContaining(ids));
        for (const id of found) expect(await valueIn(store, "a", id)).toBe(round);
        await store.updates.delete("a");
        await store.settled();
        await store.close();
        const late = store.versions.create("a", new Uint8Array());
        await expect(late).rejects.toMatchObject({ code: "STORE_CLOSED" });
      }
    });
  });
}
