import { describe, expect, it } from "vitest";
import { PasswordDoor, waitingPasswords, wrongPasswordsPerLink } from "./password-door.ts";
import { hashPassword, isPassword } from "./password.ts";

const quarterOfAnHourMs = 15 * 60_000;

describe("a password", () => {
  it("is known again, and no other is, not even a hash of it", async () => {
    const stored = await hashPassword("sesame");
    expect(await isPassword("sesame", stored)).toBe(true);
    for (const wrong of ["Sesame", "sesame ", "", stored.hash]) {
      expect(await isPassword(wrong, stored)).toBe(false);
    }
    expect(JSON.stringify(stored)).not.toContain("sesame");
  });

  it("has a salt of its own each time", async () => {
    const [one, two] = [await hashPassword("sesame"), await hashPassword("sesame")];
    expect(one.salt).not.toBe(two.salt);
    expect(one.hash).not.toBe(two.hash);
  });

  it("is the same however a keyboard composes its letters", async () => {
    expect(await isPassword("cafe\u0301s", await hashPassword("caf\u00e9s"))).toBe(true);
  });

  it("is not hashed with parameters that take all memory", async () => {
    const stored = await hashPassword("sesame");
    await expect(isPassword("sesame", { ...stored, cost: 2 ** 24 })).rejects.toThrow(/memory/i);
  });

  it("leaves the event loop free while it is hashed", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await hashPassword("sesame");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

describe("the door", () => {
  it("opens for nobody after too many wrong passwords, and again when the time is over", async () => {
    let nowMs = 0;
    const door = new PasswordDoor(() => nowMs);
    // Little work for each: what counts here is how many there are.
    const stored = { ...(await door.set("sesame")), cost: 2, parallelization: 1 };
    for (let tried = 0; tried < wrongPasswordsPerLink; tried++) {
      await expect(door.enter("a", "barley", stored)).rejects.toMatchObject({
        code: "PASSWORD_WRONG",
      });
    }
    const right = await hashPassword("sesame");
    const refused = { code: "TOO_MANY_REQUESTS" };
    await expect(door.enter("a", "sesame", right)).rejects.toMatchObject(refused);
    await door.enter("b", "sesame", right);
    nowMs = quarterOfAnHourMs;
    await door.enter("a", "sesame", right);
  });

  it("lets only so many wait", async () => {
    const door = new PasswordDoor(() => 0);
    const stored = { ...(await door.set("sesame")), cost: 2, parallelization: 1 };
    const entering = Array.from({ length: waitingPasswords + 20 }, (_, index) =>
      door.enter(String(index), "barley", stored),
    );
    const results = await Promise.allSettled(entering);
    const codes = results.map((result) =>
      result.status === "rejected" ? (result.reason as { code: string }).code : "",
    );
    expect(codes.filter((code) => code === "TOO_MANY_REQUESTS")).toHaveLength(18);
    expect(codes.filter((code) => code === "PASSWORD_WRONG")).toHaveLength(waitingPasswords + 2);
  });
});
