import type { Peer } from "../session/session-state.ts";

/** Someone else on the board, however many tabs they have it open in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** Idle in every tab. */
  readonly idle: boolean;
  /** By a view link in every tab. */
  readonly viewer: boolean;
}

/** Everyone else, each once, in the order of the peers. One's own other tabs are left out. */
export function peopleOf(peers: readonly Peer[], ownId: string): Person[] {
  const people = new Map<string, Person>();
  for (const { id, name, color, idle, viewer } of peers) {
    if (id === ownId) continue;
    const known = people.get(id);
    people.set(id, {
      id,
      name,
      color,
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
