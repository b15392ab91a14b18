import { describe, expect, it } from "vitest";
import { BoardError } from "./board-error.ts";
import {
  PasswordDoor,
  waitingPasswords,
  wrongPasswordsPerLink,
  wrongPasswordsPerLinkAndAddress,
} from "./password-door.ts";
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
  /** Little work for each: what counts here is how many there are. */
  async function cheapDoor(nowMs: () => number = () => 0) {
    const door = new PasswordDoor(nowMs);
    const stored = { ...(await door.set("sesame")), cost: 2, parallelization: 1 };
    const guess = (password: string, from: { link?: string; address?: string } = {}) =>
      door.enter({ link: "a", address: "192.0.2.1", ...from }, password, stored).then(
        () => "",
        (error: unknown) => (error instanceof BoardError ? (error.limit ?? error.code) : "?"),
      );
    return { door, guess };
  }

  it("opens for nobody at an address after too many wrong passwords, and again when the time is over", async () => {
    let nowMs = 0;
    const { door, guess } = await cheapDoor(() => nowMs);
    for (let tried = 0; tried < wrongPasswordsPerLinkAndAddress; tried++) {
      expect(await guess(`barley ${tried}`)).toBe("PASSWORD_WRONG");
    }
    expect(await guess("sesame")).toBe("WRONG_PASSWORDS");
    const right = await hashPassword("sesame");
    await door.enter({ link: "b", address: "192.0.2.1" }, "sesame", right);
    // Nobody elsewhere is shut out.
    await door.enter({ link: "a", address: "192.0.2.2" }, "sesame", right);
    nowMs = quarterOfAnHourMs;
    await door.enter({ link: "a", address: "192.0.2.1" }, "sesame", right);
  });

  it("opens for nobody after too many from many addresses", async () => {
    const { guess } = await cheapDoor();
    for (let tried = 0; tried < wrongPasswordsPerLink; tried++) {
      expect(await guess(`${tried}`, { address: `192.0.2.${tried}` })).toBe("PASSWORD_WRONG");
    }
    expect(await guess("sesame", { address: "198.51.100.1" })).toBe("WRONG_PASSWORDS");
    expect(await guess("more", { link: "b" })).toBe("PASSWORD_WRONG");
  });

  it("takes the same wrong password for one, and hashes the same one once", async () => {
    const { door, guess } = await cheapDoor();
    for (let tried = 0; tried < 10 * wrongPasswordsPerLink; tried++) {
      expect(await guess("Sesame")).toBe("PASSWORD_WRONG");
    }
    // More than may wait, all at once, each a quarter of a second of work.
    const right = await hashPassword("open sesame");
    const all = Array.from({ length: 10 * waitingPasswords }, () =>
      door.enter({ link: "b", address: "192.0.2.1" }, "open sesame", right),
    );
    await Promise.all(all);
  });

  it("lets only so many wait", async () => {
    const { guess } = await cheapDoor();
    const different = Array.from({ length: waitingPasswords + 20 }, (_, index) =>
      guess(`barley ${index}`, { link: String(index) }),
    );
    const codes = await Promise.all(different);
    expect(codes.filter((code) => code === "WAITING_PASSWORDS")).toHaveLength(18);
    expect(codes.filter((code) => code === "PASSWORD_WRONG")).toHaveLength(waitingPasswords + 2);
  });
});
