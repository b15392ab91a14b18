import type { CreateVersionRequest, Version } from "@boardwalk/board-model";
import { ApiError } from "../api/api-error.ts";
import type { BoardSession } from "../session/board-session.ts";

/** How long this person's last changes may take to reach the server's disk. */
const savingTimeoutMs = 10_000;

/** Keeps the board as this person sees it. Rejects with `ApiError`. */
export async function keepVersion(
  session: BoardSession,
  request: Pick<CreateVersionRequest, "kind" | "name">,
): Promise<Version> {
  await allSaved(session);
  return session.versions.keep({ ...request, author: session.state.identity.name });
}

/**
 * Makes the board what it was, for everyone, and answers what it was until then. Rejects with
 * `ApiError`.
 */
export async function restoreVersion(session: BoardSession, versionId: string): Promise<Version> {
  // What came later would be merged into the restored board, and be missing in what is kept.
  await allSaved(session);
  return session.versions.restore(versionId, session.state.identity.name);
}

/** Resolves when what this person did is on the server's disk: that is what a version is made of. */
async function allSaved(session: BoardSession): Promise<void> {
  let stop = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        const { status, unsaved } = session.state;
        if (status !== "online") reject(new ApiError("OFFLINE", 0, "the board is not connected"));
        else if (unsaved === 0) resolve();
      };
      stop = session.subscribe(check);
      timer = setTimeout(
        () => reject(new ApiError("NOT_SAVED", 0, "the last changes are not saved yet")),
        savingTimeoutMs,
      );
      check();
    });
  } finally {
    clearTimeout(timer);
    stop();
  }
}
