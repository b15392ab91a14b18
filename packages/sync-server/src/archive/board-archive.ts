import type { Store } from "@boardwalk/persistence";
import { BoardAssets } from "../boards/board-assets.ts";
import { isKept } from "../boards/board-links.ts";
import type { BoardRecord } from "../boards/board-record.ts";
import { archiveFormat, type ArchivePart } from "./archive-part.ts";
import { archiveAsset, archiveDocument, archiveVersions } from "./server-archive.ts";

/** One board with its pictures, videos and versions; of its links all but what opens them. */
export async function* archiveBoard(
  store: Store,
  boardId: string,
  { createdAt, locked, links }: BoardRecord,
): AsyncGenerator<ArchivePart, void, undefined> {
  yield {
    head: {
      type: "archive",
      format: archiveFormat,
      kind: "board",
      createdAt: new Date().toISOString(),
    },
  };
  yield {
    head: {
      type: "board",
      id: boardId,
      createdAt,
      locked,
      links: links.filter(isKept).map(({ role, name, expiresAt, password, derivedFrom }) => ({
        role,
        name,
        expiresAt,
        hasPassword: password !== null,
        isDerived: derivedFrom !== null,
      })),
    },
  };
  yield* archiveDocument(store, boardId);
  yield* archiveVersions(store, boardId);
  for await (const { sha256, mimeType } of new BoardAssets({ store }).list(boardId)) {
    yield* archiveAsset(store, sha256, { mimeType });
  }
}
