import type { ServerKind } from "../servers.ts";
import type { ServerProcess } from "../server-process.ts";

/** What one run of a load came to, by name; units are in the names. */
export type Sample = Readonly<Record<string, number>>;

export type Column = {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
};

/** Of what `ServerProcess.probe` tells: how long the event loop was late, and for its own reasons. */
export const pauseColumns: readonly Column[] = [
  { key: "pauseMaxMs", title: "pause max ms", digits: 0 },
  { key: "pauseCpuMaxMs", title: "of CPU ms", digits: 0 },
];

/** One row of the table: a load, and what is shown of it. */
export type Load = {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** The columns by which it stands in the table of all loads. */
  readonly headline: readonly string[];
  /** The column by which servers are compared with the relay. */
  readonly compared: string | null;
  readonly takesPart: (kind: ServerKind) => boolean;
  /** How often each server meets it, where that is not for whoever measures to say. */
  readonly rounds?: number;
  run(kind: ServerKind, server: ServerProcess, seconds: number): Promise<Sample>;
};

export function pauseMs(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** Joins in groups, so that a server's queue of new connections is not what is measured. */
export async function inGroups<T, R>(
  items: readonly T[],
  size: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += size) {
    const group = items.slice(at, at + size).map((item, index) => work(item, at + index));
    results.push(...(await Promise.all(group)));
  }
  return results;
}
