import { describe, expect, it } from "vitest";
import { PasswordSessions } from "./password-sessions.ts";
import { hashOf } from "./secret.ts";

const hourMs = 60 * 60_000;

describe("a session", () => {
  it("stands for its link on its board until it ends", () => {
    let nowMs = 0;
    const sessions = new PasswordSessions(() => nowMs);
    const { token, endMs } = sessions.open("board", "link", "salt");
    expect(endMs).toBe(hourMs);
    expect(sessions.find("board", hashOf(token))).toMatchObject({ linkId: "link" });
    expect(sessions.find("other", hashOf(token))).toBeNull();
    expect(sessions.find("board", token)).toBeNull();
    nowMs = hourMs;
    expect(sessions.find("board", hashOf(token))).toBeNull();
  });

  it("is one of so many: the earliest ends for a new one", () => {
    const sessions = new PasswordSessions(() => 0);
    const first = sessions.open("board", "link", "salt");
    const second = sessions.open("board", "link", "salt");
    for (let count = 0; count < 19_999; count++) sessions.open("board", "link", "salt");
    expect(sessions.find("board", hashOf(first.token))).toBeNull();
    expect(sessions.find("board", hashOf(second.token))).not.toBeNull();
  });
});
