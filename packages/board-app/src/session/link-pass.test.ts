import { describe, expect, it } from "vitest";
import { LinkPass } from "./link-pass.ts";

const [token, session, renewed] = ["t".repeat(43), "s".repeat(43), "r".repeat(43)];

function memoryStorage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

describe("what opens a board for a tab", () => {
  it("is the link's token until its password was given, and after a reload the session", () => {
    const storage = memoryStorage();
    const pass = new LinkPass("board", token, storage);
    expect(pass.credential).toBe(token);
    pass.open(session, "sesame");
    expect([pass.token, pass.credential]).toEqual([token, session]);
    const reloaded = new LinkPass("board", token, storage);
    expect(reloaded.credential).toBe(session);
    expect(reloaded.takePassword()).toBeNull();
    // Another link, or another board, is another matter.
    expect(new LinkPass("board", renewed, storage).credential).toBe(renewed);
    expect(new LinkPass("other", token, storage).credential).toBe(token);
  });

  it("is the password once more when the session has ended, and no more than once", () => {
    const storage = memoryStorage();
    const pass = new LinkPass("board", token, storage);
    pass.open(session, "sesame");
    pass.dropSession();
    expect(pass.credential).toBe(token);
    expect([pass.takePassword(), pass.takePassword()]).toEqual(["sesame", null]);
    expect(new LinkPass("board", token, storage).credential).toBe(token);
    expect(storage.getItem("boardwalk:session:board")).not.toContain("sesame");
  });

  it("is the new link when that was renewed", () => {
    const storage = memoryStorage();
    const pass = new LinkPass("board", token, storage);
    pass.moveTo(renewed, session);
    expect([pass.token, pass.credential]).toEqual([renewed, session]);
    expect(new LinkPass("board", renewed, storage).credential).toBe(session);
  });

  it("works where the browser keeps nothing", () => {
    const pass = new LinkPass("board", token, null);
    pass.open(session, "sesame");
    expect(pass.credential).toBe(session);
  });
});
