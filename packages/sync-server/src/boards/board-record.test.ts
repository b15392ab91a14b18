import { describe, expect, it } from "vitest";
import { decodeBoardRecord, encodeBoardRecord } from "./board-record.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const [ownerHash, editHash, viewHash] = ["0".repeat(64), "1".repeat(64), "2".repeat(64)];
const createdAt = "2026-11-23T03:41:00.000Z";

/** As the first version wrote it; never to be changed. */
const formatOne = `{"formatVersion":1,"createdAt":"${createdAt}","ownerKeyHash":"${ownerHash}","links":[{"id":"edit","role":"edit","tokenHash":"${editHash}","createdAt":"${createdAt}"},{"id":"view","role":"view","tokenHash":"${viewHash}","createdAt":"${createdAt}"}]}`;

/** As this version writes it; never to be changed. */
const formatTwo = `{"formatVersion":2,"createdAt":"${createdAt}","ownerKeyHash":"${ownerHash}","locked":true,"links":[{"id":"a","role":"edit","name":"Class","tokenHash":"${editHash}","derivedFrom":null,"createdAt":"${createdAt}","expiresAt":"${createdAt}","password":{"algorithm":"scrypt","cost":32768,"blockSize":8,"parallelization":3,"salt":"c2FsdA","hash":"aGFzaA"},"revokedAt":null},{"id":"b","role":"view","name":"","tokenHash":"${viewHash}","derivedFrom":"a","createdAt":"${createdAt}","expiresAt":null,"password":null,"revokedAt":"${createdAt}"}]}`;

describe("a board record", () => {
  it("of format 1 is read as what it meant", () => {
    const open = { name: "", createdAt, expiresAt: null, password: null, revokedAt: null };
    expect(decodeBoardRecord("board/x", bytesOf(formatOne))).toEqual({
      formatVersion: 2,
      createdAt,
      ownerKeyHash: ownerHash,
      locked: false,
      links: [
        { id: "edit", role: "edit", tokenHash: editHash, derivedFrom: null, ...open },
        { id: "view", role: "view", tokenHash: viewHash, derivedFrom: "edit", ...open },
      ],
    });
  });

  it("of format 2 comes back as it was written", () => {
    const record = decodeBoardRecord("board/x", bytesOf(formatTwo));
    expect(new TextDecoder().decode(encodeBoardRecord(record))).toBe(formatTwo);
  });

  it.each([
    ["a later format", formatTwo.replace('"formatVersion":2', '"formatVersion":3')],
    ["a role that is not known yet", formatTwo.replace('"role":"view"', '"role":"comment"')],
    ["a hash that is none", formatTwo.replace(editHash, "secret")],
    ["another way to hash passwords", formatTwo.replace("scrypt", "rot13")],
    ["half a record", formatTwo.slice(0, 200)],
  ])("that holds %s is refused, by name", (_what, text) => {
    expect(() => decodeBoardRecord("board/x", bytesOf(text))).toThrow("board/x");
  });
});
