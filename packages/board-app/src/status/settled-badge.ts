import { text } from "../text/text.ts";
import { badgeOf, badgeText, isOffline, type BadgeSource, type SaveBadge } from "./save-badge.ts";

/** A save, or an attempt to connect, that is over within this time is not worth a flicker. */
export const shownAfterMs = 400;
/** A connection that is back within this time is not worth reading aloud. */
export const announcedAfterMs = 2_000;

export interface SettledView {
  readonly badge: SaveBadge;
  /** What a screen reader is to hear now; empty while there is nothing it must know. */
  readonly announcement: string;
}

interface Source {
  readonly state: BadgeSource;
  subscribe(listener: () => void): () => void;
}

/**
 * The badge as people should see and hear it: without the flicker of every stroke being saved, and
 * aloud only when work is in danger and when it is safe again.
 */
export class SettledBadge {
  readonly #source: Source;
  readonly #listeners = new Set<() => void>();
  #unsubscribe: (() => void) | null = null;
  #view: SettledView;
  #showTimer: ReturnType<typeof setTimeout> | null = null;
  #announceTimer: ReturnType<typeof setTimeout> | null = null;
  #hasWarned = false;

  constructor(source: Source) {
    this.#source = source;
    this.#view = { badge: badgeOf(source.state), announcement: "" };
  }

  readonly getView = (): SettledView => this.#view;

  /** Follows the session while someone listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#unsubscribe === null) {
      this.#unsubscribe = this.#source.subscribe(() => this.#follow());
      this.#follow();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
      this.#cancel();
    };
  };

  #follow(): void {
    const badge = badgeOf(this.#source.state);
    if (isPassing(this.#view.badge, badge)) {
      this.#showTimer ??= setTimeout(() => {
        this.#showTimer = null;
        this.#show(badgeOf(this.#source.state));
      }, shownAfterMs);
      return;
    }
    if (this.#showTimer !== null) clearTimeout(this.#showTimer);
    this.#showTimer = null;
    this.#show(badge);
  }

  #show(badge: SaveBadge): void {
    if (badgeText(badge) === badgeText(this.#view.badge)) return;
    this.#update({ ...this.#view, badge });
    this.#announceTimer ??= setTimeout(() => {
      this.#announceTimer = null;
      this.#announce(this.#view.badge);
    }, announcedAfterMs);
  }

  #announce(badge: SaveBadge): void {
    switch (badge.kind) {
      case "offline-saved":
      case "offline-kept":
      case "offline-not-kept":
      case "not-saved":
        this.#hasWarned = true;
        this.#update({ badge, announcement: badgeText(badge) });
        break;
      case "saved":
        if (this.#hasWarned) this.#update({ badge, announcement: text.badge.backOnline });
        this.#hasWarned = false;
        break;
      case "saving":
      case "connecting":
    }
  }

  #update(view: SettledView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  #cancel(): void {
    if (this.#showTimer !== null) clearTimeout(this.#showTimer);
    if (this.#announceTimer !== null) clearTimeout(this.#announceTimer);
    this.#showTimer = null;
    this.#announceTimer = null;
  }
}

/** Whether the next is likely to be over before anyone has read it: every stroke, every new attempt. */
function isPassing(shown: SaveBadge, next: SaveBadge): boolean {
  switch (next.kind) {
    case "saving":
      return shown.kind === "saved";
    case "connecting":
      return isOffline(shown);
    default:
      return false;
  }
}
