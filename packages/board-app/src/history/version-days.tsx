import type { Version } from "@boardwalk/board-model";
import { text } from "../text/text.ts";
import type { Doing } from "./history-panel.tsx";
import { VersionItem } from "./version-item.tsx";
import { byDay } from "./versions.ts";

export interface VersionDaysProps {
  /** Newest first. */
  readonly versions: readonly Version[];
  readonly shapesNow: number;
  readonly shownId: string | null;
  readonly doing: Doing;
  readonly mayChange: boolean;
  readonly onDo: (doing: Doing) => void;
  readonly onStop: () => void;
  readonly onShow: (version: Version) => void;
  /** A version was renamed or deleted. */
  readonly onChanged: () => Promise<void>;
}

export function VersionDays(props: VersionDaysProps) {
  const nowMs = Date.now();
  return byDay(props.versions).map(({ atMs, versions }) => {
    const name = text.dayName(atMs, nowMs);
    return (
      <section key={name} className="bw-history-day">
        <h3>{name}</h3>
        <ul aria-label={name}>
          {versions.map((version) => (
            <VersionItem key={version.id} version={version} nowMs={nowMs} {...props} />
          ))}
        </ul>
      </section>
    );
  });
}
