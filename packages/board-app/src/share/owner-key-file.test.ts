import { describe, expect, it } from "vitest";
import { ownerKeyFile, parseOwnerKeyFile } from "./owner-key-file.ts";

const key = {
  origin: "https://board.example",
  boardId: "1".repeat(22),
  name: "Plan: A/B",
  ownerKey: "k".repeat(43),
};

/** As the first version wrote it; never to be changed. */
const firstFile = `{
  "format": "boardwalk-owner-key",
  "version": 1,
  "origin": "https://board.example",
  "boardId": "${key.boardId}",
  "name": "Plan: A/B",
  "ownerKey": "${key.ownerKey}"
}
`;

describe("an owner key's file", () => {
  it("is read as it was written, under a name that every file system takes", async () => {
    const { blob, name } = ownerKeyFile({ ...key });
    expect(name).toBe("Plan- A-B.owner-key.json");
    expect(JSON.parse(await blob.text())).toEqual(JSON.parse(firstFile));
    expect(parseOwnerKeyFile(firstFile)).toEqual(key);
  });

  it.each(["", "{", "[]", "null", '{"format":"boardwalk-owner-key","version":1}'])(
    "is not %j",
    (content) => {
      expect(parseOwnerKeyFile(content)).toBeNull();
    },
  );

  it("is not one with a key or a board of another form", () => {
    expect(parseOwnerKeyFile(firstFile.replace(key.ownerKey, "k"))).toBeNull();
    expect(parseOwnerKeyFile(firstFile.replace(key.boardId, "../../x"))).toBeNull();
    expect(parseOwnerKeyFile(firstFile.replace('"version": 1', '"version": 2'))).toBeNull();
  });
});
