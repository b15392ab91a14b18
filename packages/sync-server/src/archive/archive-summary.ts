import { MAX_DOCUMENT_BYTES, MAX_VALUE_BYTES } from "@boardwalk/persistence";
import { ArchiveError } from "./archive-error.ts";
import type { ArchivePart, Head } from "./archive-part.ts";

/** What an archive has in it, counted as its parts go by. */
export class ArchiveSummary {
  readonly counts = { record: 0, document: 0, version: 0, asset: 0 };
  /** What was damaged where the archive was made; as many as are shown. */
  readonly damages: { readonly subject: string; readonly message: string }[] = [];
  damageCount = 0;
  createdAt = "";
  #head: Head | null = null;
  #values = 0;
  #valueBytes = 0;

  /** Throws ARCHIVE_TOO_LARGE for a value that no store takes. */
  take(part: ArchivePart): void {
    if ("head" in part) {
      this.#takeHead(part.head);
      return;
    }
    this.#valueBytes += part.piece.length;
    const maxBytes = this.#isDocument() ? MAX_DOCUMENT_BYTES : MAX_VALUE_BYTES;
    if (this.#valueBytes > maxBytes) {
      throw new ArchiveError(
        "ARCHIVE_TOO_LARGE",
        `A value in the archive is larger than the ${maxBytes} bytes that are stored as one.`,
      );
    }
    if (!part.isLast) return;
    this.#values += 1;
    this.#valueBytes = 0;
  }

  /** Whether the value is of a whole document: its snapshot is what its log begins with. */
  #isDocument(): boolean {
    const type = this.#head?.type;
    return type === "version" || (type === "document" && this.#values === 0);
  }

  #takeHead(head: Head): void {
    this.#head = head;
    this.#values = 0;
    switch (head.type) {
      case "archive":
        this.createdAt = head.createdAt;
        break;
      case "damage":
        this.damageCount += 1;
        if (this.damages.length < damagesKept) this.damages.push(head);
        break;
      case "board":
        break;
      default:
        this.counts[head.type] += 1;
    }
  }
}

/** Damages told one by one. */
const damagesKept = 200;
