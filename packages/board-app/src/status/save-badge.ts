import type { Blocked, SessionState } from "../session/session-state.ts";
import { text } from "../text/text.ts";

export type SaveBadge =
  | { readonly kind: "saved" | "saving" | "connecting" }
  | {
      readonly kind: "offline-saved" | "offline-kept" | "offline-not-kept";
      readonly blocked: Blocked | null;
    }
  | { readonly kind: "not-saved"; readonly why: NonNullable<SessionState["notSaved"]> };

export type BadgeSource = Pick<
  SessionState,
  "status" | "blocked" | "unsaved" | "notSaved" | "keptLocally"
>;

/** What the session's state says about this person's work, and no more than that. */
export function badgeOf(state: BadgeSource): SaveBadge {
  switch (state.status) {
    case "connecting":
      return { kind: "connecting" };
    case "offline":
    case "denied":
      return { kind: offlineKind(state), blocked: state.blocked };
    case "online":
      if (state.notSaved !== null) return { kind: "not-saved", why: state.notSaved };
      return { kind: state.unsaved > 0 ? "saving" : "saved" };
  }
}

/** Where nothing is kept that is said before there is anything to lose. */
function offlineKind({ unsaved, keptLocally }: BadgeSource) {
  if (!keptLocally) return "offline-not-kept";
  return unsaved > 0 ? "offline-kept" : "offline-saved";
}

export function badgeText(badge: SaveBadge): string {
  const words = text.badge;
  switch (badge.kind) {
    case "saved":
      return words.saved;
    case "saving":
      return words.saving;
    case "connecting":
      return words.connecting;
    case "offline-saved":
      return badge.blocked !== null ? words.blockedSaved : words.offlineSaved;
    case "offline-kept":
      return badge.blocked !== null ? words.blockedKept : words.offlineKept;
    case "offline-not-kept":
      return badge.blocked !== null ? words.blockedNotKept : words.offlineNotKept;
    case "not-saved":
      return words.notSaved(words.why[badge.why]);
  }
}

export function isOffline(badge: SaveBadge): boolean {
  return "blocked" in badge;
}

/** What is behind the badge, where that takes more words. */
export function badgeHint(badge: SaveBadge): string {
  const blocked = "blocked" in badge ? badge.blocked : null;
  switch (blocked) {
    case null:
      return badgeText(badge);
    case "byProxy":
      return text.badge.blockedHint;
    case "byHost":
      return text.badge.otherHostHint(window.location.origin);
  }
}

/** Whether closing the page now would lose something that exists nowhere else. */
export function wouldLoseWork(state: Pick<SessionState, "unsaved" | "keptLocally">): boolean {
  return state.unsaved > 0 && !state.keptLocally;
}
