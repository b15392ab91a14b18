import type { Version } from "@boardwalk/board-model";
import { text } from "../text/text.ts";

export interface VersionDay {
  /** Any moment of it, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly versions: readonly Version[];
}

/** Versions by the day on which they were kept, where this person is; in the order given. */
export function byDay(versions: readonly Version[]): VersionDay[] {
  const days = new Map<string, { atMs: number; versions: Version[] }>();
  for (const version of versions) {
    const keptAt = new Date(version.createdAt);
    const key = keptAt.toDateString();
    const day = days.get(key);
    if (day === undefined) days.set(key, { atMs: keptAt.getTime(), versions: [version] });
    else day.versions.push(version);
  }
  return [...days.values()];
}

/** Its name, or why it was kept. */
export function versionTitle(version: Pick<Version, "name" | "kind">): string {
  return version.name || text.history.kinds[version.kind];
}
