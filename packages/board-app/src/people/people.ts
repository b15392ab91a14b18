import { personKeyOf } from "@boardwalk/board-model";
import type { Identity, Peer } from "../session/session-state.ts";

/** Someone else on the board, however many tabs they have it open in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** Awareness clients: one for each tab. */
  readonly clientIds: readonly number[];
  /** Idle in every tab. */
  readonly idle: boolean;
  /** By a view link in every tab. */
  readonly viewer: boolean;
}

/** Everyone else, each once, in the order of the peers. One's own other tabs are left out. */
export function peopleOf(
  peers: readonly Peer[],
  own: Pick<Identity, "id" | "name" | "color">,
): Person[] {
  const people = new Map<string, Person>();
  for (const peer of peers) {
    const { clientId, id, name, color, idle, viewer } = peer;
    const key = personKeyOf(peer);
    if (key === personKeyOf(own)) continue;
    const known = people.get(key);
    people.set(key, {
      id,
      name,
      color,
      clientIds: [...(known?.clientIds ?? []), clientId],
      idle: idle && (known?.idle ?? true),
      viewer: viewer && (known?.viewer ?? true),
    });
  }
  return [...people.values()];
}

/** One or two letters that stand for a name in a small circle. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = firstLetter(words[0] ?? "");
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? "") : "";
  return `${first}${last}`.toLocaleUpperCase();
}

function firstLetter(word: string): string {
  const [letter] = word;
  return letter ?? "";
}
