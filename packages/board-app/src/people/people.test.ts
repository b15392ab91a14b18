import { describe, expect, it } from "vitest";
import type { Peer } from "../session/session-state.ts";
import { initialsOf, peopleOf } from "./people.ts";

function peer(id: string, change: Partial<Peer> = {}): Peer {
  return {
    id,
    clientId: 1,
    name: id,
    color: "#186adb",
    page: "page:page",
    following: null,
    idle: false,
    viewer: false,
    ...change,
  };
}

const me = { id: "me", name: "me", color: "#186adb" };

describe("people", () => {
  it("are someone else when they show another name, whatever id they show", () => {
    const liars = [peer("a", { name: "Mallory" }), peer("me", { name: "Mallory" })];
    const people = peopleOf([peer("a"), ...liars], me);
    expect(people.map(({ id, name }) => [id, name])).toEqual([
      ["a", "a"],
      ["a", "Mallory"],
      ["me", "Mallory"],
    ]);
  });

  it("are counted once, however many tabs they have, and never include oneself", () => {
    const people = peopleOf([peer("a"), peer("me"), peer("b"), peer("a")], me);
    expect(people.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("are idle, or viewers, only when all of their tabs are", () => {
    const [awake] = peopleOf([peer("a", { idle: true, viewer: true }), peer("a")], me);
    expect(awake).toMatchObject({ idle: false, viewer: false });
    const [asleep] = peopleOf([peer("a", { idle: true }), peer("a", { idle: true })], me);
    expect(asleep).toMatchObject({ idle: true, viewer: false });
  });

  it.each([
    ["Calm Otter", "CO"],
    ["ada", "A"],
    ["Jean-Luc van der Berg", "JB"],
    ["🌱 plant", "🌱P"],
    ["  ", ""],
  ])("of the name %j have the initials %j", (name, expected) => {
    expect(initialsOf(name)).toBe(expected);
  });
});
