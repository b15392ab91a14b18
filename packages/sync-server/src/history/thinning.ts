const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** Of the last day the latest versions are all kept, up to this many, and of the others one an hour. */
const recentVersions = 100;

/** Beyond the last day the last version of each stretch of time is kept; beyond all of these, none. */
const ages = [
  { untilMs: 7 * dayMs, everyMs: hourMs },
  { untilMs: 30 * dayMs, everyMs: dayMs },
  { untilMs: 5 * 365 * dayMs, everyMs: 7 * dayMs },
] as const;

export type DatedVersion = {
  readonly id: string;
  readonly createdAtMs: number;
  /** One with a name stays whatever its age. */
  readonly isNamed: boolean;
};

/**
 * The ids of the versions that are to go now.
 *
 * Hours, days and weeks are those since 1970: a longer stretch is made of whole shorter ones, so
 * that the last version of a week is also the last of its day and hour, and was kept till then.
 * However many are made, by whomever, those from before stay: only their own hour gets thinner.
 */
export function versionsToThinOut(versions: readonly DatedVersion[], nowMs: number): string[] {
  const latestFirst = versions.toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  const isTaken = new Set<string>();
  let recent = 0;
  const gone: string[] = [];
  for (const { id, createdAtMs, isNamed } of latestFirst) {
    const ageMs = nowMs - createdAtMs;
    const age = ages.find(({ untilMs }) => ageMs < untilMs);
    const stretch =
      age === undefined ? null : `${age.everyMs}:${Math.floor(createdAtMs / age.everyMs)}`;
    const isRecent = ageMs < dayMs && recent < recentVersions;
    const isLastOfStretch = stretch !== null && !isTaken.has(stretch);
    if (isNamed) continue;
    if (isRecent) recent++;
    else if (!isLastOfStretch) gone.push(id);
    if (stretch !== null) isTaken.add(stretch);
  }
  return gone;
}
