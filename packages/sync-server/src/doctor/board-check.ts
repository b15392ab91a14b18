import { boardFormat, BoardInfo, isBoardId, shownFiles } from "@boardwalk/board-model";
import type { StoredDocument } from "@boardwalk/persistence";
import * as Y from "yjs";
import { unfinishedRestoreKey } from "../archive/restore-store.ts";
import { decodeBoardAsset } from "../boards/board-assets.ts";
import { decodeBoardRecord } from "../boards/board-record.ts";
import { decodeTrashRecord } from "../boards/trash-record.ts";
import type { Findings } from "./findings.ts";

/**
 * Holds what a home holds against itself: each board's record, document and pictures. Ids and
 * hashes are in memory, documents one at a time.
 */
export class BoardCheck {
  readonly #findings: Findings;
  readonly #documents = new Set<string>();
  readonly #boards = new Set<string>();
  /** Boards in the trash, to whether parts of them may be gone already. */
  readonly #deleted = new Map<string, boolean>();
  /** Sizes by hash. */
  readonly #assets = new Map<string, number>();
  /** `board/hash` to the size the board's record of it says. */
  readonly #boardAssets = new Map<string, number>();
  /** `board/hash` to the document or version that shows it. */
  readonly #shown = new Map<string, string>();

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get boards(): number {
    return this.#boards.size;
  }

  /** Replays a document, and looks at what it says. */
  document(name: string, { snapshot, updates }: StoredDocument): void {
    this.#documents.add(name);
    this.#replay(`document ${name}`, snapshot === null ? updates : [snapshot, ...updates]);
  }

  version(document: string, id: string, update: Uint8Array): void {
    this.#replay(`version ${id} of document ${document}`, [update]);
  }

  #replay(subject: string, updates: readonly Uint8Array[]): void {
    const doc = new Y.Doc();
    try {
      // One transaction, as when a board is opened.
      doc.transact(() => {
        for (const update of updates) Y.applyUpdate(doc, update);
      });
      if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) {
        this.#findings.fault(subject, "has changes that build on others which are missing");
      }
      const { format } = new BoardInfo(doc);
      if (format !== null && format > boardFormat) {
        this.#findings.fault(subject, `has format ${format}; this version knows ${boardFormat}`);
      }
      for (const { boardId, sha256 } of shownFiles(doc)) {
        this.#shown.set(`${boardId}/${sha256}`, subject);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#findings.fault(subject, `does not replay: ${reason}`);
    } finally {
      doc.destroy();
    }
  }

  record(key: string, value: Uint8Array): void {
    const [kind, boardId = "", rest = ""] = key.split("/");
    try {
      if (key === unfinishedRestoreKey) {
        this.#findings.fault("all of it", "a backup was being restored, which was cut short");
      } else if (kind === "board") {
        this.#boards.add(boardId);
        decodeBoardRecord(key, value);
      } else if (kind === "trash") {
        this.#deleted.set(boardId, decodeTrashRecord(key, value).isGoing);
      } else if (kind === "asset") {
        const { bytes } = decodeBoardAsset(key, value);
        this.#boardAssets.set(`${boardId}/${rest}`, bytes);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#findings.fault(`record ${key}`, reason);
    }
  }

  asset(sha256: string, bytes: number): void {
    this.#assets.set(sha256, bytes);
  }

  /** What can be said only when everything has been seen. */
  conclude(): void {
    for (const id of this.#boards) {
      if (!this.#documents.has(id)) this.#findings.fault(`board ${id}`, "has no document");
    }
    for (const [id, isGoing] of this.#deleted) {
      if (isGoing || this.#documents.has(id)) continue;
      this.#findings.fault(`deleted board ${id}`, "has no document");
    }
    for (const name of this.#documents) {
      if (this.#boards.has(name) || this.#deleted.has(name)) continue;
      const message = isBoardId(name)
        ? "has no board record, so that no link opens it"
        : "is not the document of a board";
      this.#findings.fault(`document ${name}`, message);
    }
    const used = new Set<string>();
    for (const [key, bytes] of this.#boardAssets) {
      const [boardId = "", sha256 = ""] = key.split("/");
      used.add(sha256);
      const stored = this.#assets.get(sha256);
      if (stored === undefined) {
        this.#findings.fault(`board ${boardId}`, `its picture or video ${sha256} is missing`);
      } else if (stored !== bytes) {
        this.#findings.fault(
          `board ${boardId}`,
          `of ${sha256} it says ${bytes} bytes, not ${stored}`,
        );
      }
    }
    for (const [key, subject] of this.#shown) {
      if (this.#boardAssets.has(key)) continue;
      this.#findings.note(subject, `shows the file ${key}, which is not on this server`);
    }
    const unused = [...this.#assets.keys()].filter((sha256) => !used.has(sha256)).length;
    if (unused > 0) this.#findings.note("assets", `${unused} belong to no board`);
  }
}
