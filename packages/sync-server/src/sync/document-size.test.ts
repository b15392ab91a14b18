import { limits } from "@boardwalk/board-model";
import { expect, it } from "vitest";
import * as Y from "yjs";
import { DocumentSize } from "./document-size.ts";
import { liveDocumentOf } from "./test-live-document.ts";

const megabyte = 1024 * 1024;

function measured(): { records: Y.Map<unknown>; size: DocumentSize } {
  const document = new Y.Doc();
  const size = new DocumentSize(liveDocumentOf(document), 0);
  return { records: document.getMap("records"), size };
}

it("counts items as they are, and not as often as they were replaced", () => {
  const { records, size } = measured();
  for (let count = 0; count < 5_000; count++) {
    expect(size.hasRoomForItems(1)).toBe(true);
    records.set("replaced", count);
  }
  // A thousand at most are counted twice.
  expect(size.hasRoomForItems(limits.documentItems - 1_500)).toBe(true);
  expect(size.hasRoomForItems(limits.documentItems)).toBe(false);
});

it("has room for changes that replace one another, however many and fast", () => {
  const { records, size } = measured();
  const value = "x".repeat(4 * megabyte);
  for (let count = 0; count < (4 * limits.documentBytes) / value.length; count++) {
    expect(size.hasRoomFor(value.length)).toBe(true);
    records.set("large", value);
  }
});

it("has no room for what would make the document too large, until something is deleted", () => {
  const { records, size } = measured();
  const value = "x".repeat(8 * megabyte);
  let count = 0;
  while (size.hasRoomFor(value.length)) records.set(`${count++}`, value);
  expect(count).toBe(Math.floor((limits.documentBytes - 1) / value.length));
  expect(size.hasRoomFor(value.length)).toBe(false);
  records.delete("0");
  // Some more that comes and goes, as it is not measured again for every change.
  records.set("passing", value);
  records.delete("passing");
  expect(size.hasRoomFor(value.length)).toBe(true);
});
