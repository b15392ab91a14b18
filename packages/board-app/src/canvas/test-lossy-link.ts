import * as Y from "yjs";
import type { EditorReplica } from "./test-editor-replica.ts";

/**
 * A network between replicas for tests, moved by hand: updates wait in a queue for each pair, may
 * be delivered late and out of order, or be lost with a cut link, after which both ends compare
 * state vectors as they do on a reconnect.
 */
export class LossyLink {
  readonly #replicas: (EditorReplica | undefined)[];
  readonly #queues = new Map<string, Uint8Array[]>();
  readonly #stops = new Map<number, () => void>();
  /** Pairs between which nothing arrives until they reconnect. */
  readonly #parted = new Set<string>();

  constructor(replicas: readonly EditorReplica[]) {
    this.#replicas = [...replicas];
    for (const index of replicas.keys()) this.#listen(index);
  }

  replica(index: number): EditorReplica {
    const replica = this.#replicas[index];
    if (replica === undefined) throw new RangeError(`There is no replica ${index}`);
    return replica;
  }

  get replicas(): EditorReplica[] {
    return this.#replicas.filter((replica) => replica !== undefined);
  }

  /** Delivers one waiting update from one replica to another, not always the oldest. */
  deliver(from: number, to: number, pick: number): void {
    if (this.#parted.has(pairOf(from, to))) return;
    const queue = this.#queue(from, to);
    const [update] = queue.splice(pick % Math.max(queue.length, 1), 1);
    if (update !== undefined) Y.applyUpdate(this.replica(to).doc, update, "remote");
  }

  /** Loses everything on the way between two replicas. */
  lose(from: number, to: number): void {
    this.#queue(from, to).length = 0;
    this.#queue(to, from).length = 0;
  }

  /** Lets nothing through between two replicas until they reconnect. */
  part(from: number, to: number): void {
    this.#parted.add(pairOf(from, to));
  }

  /** Brings two replicas to what both know. */
  reconnect(from: number, to: number): void {
    this.#parted.delete(pairOf(from, to));
    this.lose(from, to);
    for (const [source, target] of [
      [this.replica(from), this.replica(to)],
      [this.replica(to), this.replica(from)],
    ] as const) {
      source.binding.write();
      const missing = Y.encodeStateAsUpdate(source.doc, Y.encodeStateVector(target.doc));
      Y.applyUpdate(target.doc, missing, "remote");
    }
  }

  /** Puts another replica in the place of one, as when a page is opened again. */
  replace(index: number, replica: EditorReplica): void {
    this.#stops.get(index)?.();
    this.replica(index).close();
    this.#replicas[index] = replica;
    this.#listen(index);
    for (const other of this.#replicas.keys()) if (other !== index) this.lose(index, other);
  }

  /**
   * Everything arrives everywhere, and what that causes, too.
   *
   * @throws Error when the replicas go on answering one another
   */
  heal(): void {
    for (let round = 0; round < maxHealRounds; round++) {
      for (const from of this.#replicas.keys()) {
        for (const to of this.#replicas.keys()) if (from < to) this.reconnect(from, to);
      }
      if (this.#isQuiet()) return;
    }
    throw new Error(`The replicas are not done after ${maxHealRounds} rounds: an echo`);
  }

  #isQuiet(): boolean {
    for (const replica of this.replicas) replica.binding.write();
    const [first, ...others] = this.replicas.map((replica) => Y.encodeStateAsUpdate(replica.doc));
    return (
      first !== undefined &&
      others.every((other) => Y.equalSnapshots(snapshotOf(first), snapshotOf(other)))
    );
  }

  #queue(from: number, to: number): Uint8Array[] {
    const key = `${from}>${to}`;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }

  #listen(index: number): void {
    const { doc } = this.replica(index);
    const onUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin === "remote") return;
      for (const to of this.#replicas.keys()) if (to !== index) this.#queue(index, to).push(update);
    };
    doc.on("update", onUpdate);
    this.#stops.set(index, () => doc.off("update", onUpdate));
  }
}

/** Repairs and side effects of the canvas settle within a few exchanges. */
const maxHealRounds = 8;

function pairOf(from: number, to: number): string {
  return `${Math.min(from, to)} ${Math.max(from, to)}`;
}

function snapshotOf(update: Uint8Array): Y.Snapshot {
  const doc = new Y.Doc({ gc: false });
  Y.applyUpdate(doc, update);
  return Y.snapshot(doc);
}
