import type { Store } from "@boardwalk/persistence";
import { BoardAssets } from "../boards/board-assets.ts";
import { isKept } from "../boards/board-links.ts";
import type { BoardRecord } from "../boards/board-record.ts";
import { MentionedFiles } from "../boards/mentioned-files.ts";
import { archiveFormat, type ArchivePart } from "./archive-part.ts";
import { archiveAsset, archiveDocument, archiveVersions } from "./server-archive.ts";

/**
 * One board with its versions and all pictures and videos that they show; of its links all but what
 * opens them.
 */
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
  const mentioned = new MentionedFiles();
  for (const archive of [archiveDocument, archiveVersions]) {
    for await (const part of archive(store, boardId)) {
      if ("piece" in part) mentioned.take(part.piece);
      yield part;
    }
  }
  const assets = new BoardAssets({ store });
  const archived = new Set<string>();
  for await (const { sha256, mimeType } of assets.list(boardId)) {
    archived.add(sha256);
    yield* archiveAsset(store, sha256, { mimeType });
  }
  // A picture that was pasted from another board is that one's file.
  for (const file of mentioned.list()) {
    if (archived.has(file.sha256)) continue;
    const asset = await assets.find(file.boardId, file.sha256);
    if (asset === null) continue;
    archived.add(file.sha256);
    yield* archiveAsset(store, file.sha256, asset);
  }
}
