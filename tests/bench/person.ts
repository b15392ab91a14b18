import { Latencies } from "./latencies.ts";

/** Where a board is, and the right to be there. */
export type Place = {
  readonly boardId: string;
  readonly token: string;
  /** Where boards have owners. */
  readonly ownerKey?: string;
};

/** What all people of a load together send and see. */
export class Meter {
  /** From sending to being seen by another person. */
  readonly edits = new Latencies();
  readonly cursors = new Latencies();
  /** From sending to the server's word that it has the change. */
  readonly acks = new Latencies();
  sentEdits = 0;
  sentCursors = 0;

  get delivered(): number {
    return this.edits.count + this.cursors.count;
  }

  reset(): void {
    this.edits.clear();
    this.cursors.clear();
    this.acks.clear();
    this.sentEdits = 0;
    this.sentCursors = 0;
  }
}

/** Someone on a board, speaking a server's own protocol. */
export interface Person {
  /** One step of dragging a shape of their own. */
  drag(): void;
  moveCursor(): void;
  readonly receivedBytes: number;
  leave(): Promise<void>;
}

export type Join = (
  url: string,
  place: Place,
  /** The number of this person, below `mostSenders`. */
  number: number,
  meter: Meter,
) => Promise<Person>;
