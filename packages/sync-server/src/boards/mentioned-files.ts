import { parseAssetPath, type ShownFile } from "@boardwalk/board-model";

/** As `assetPath` makes it. */
const addressPattern = /\/api\/boards\/[\w-]{22}\/assets\/[0-9a-f]{64}/g;
const addressLength = "/api/boards//assets/".length + 22 + 64;

/**
 * The files whose addresses are among bytes, in whatever they are: of a Yjs update all that its
 * document shows, as that has an address as plain text, and some that it showed before.
 */
export class MentionedFiles {
  readonly #files = new Map<string, ShownFile>();
  #end = "";

  /** Takes the next piece of the bytes; an address may begin in one and end in another. */
  take(piece: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = piece;
    const text = this.#end + Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    for (const [address] of text.matchAll(addressPattern)) {
      const file = parseAssetPath(address);
      if (file !== null) this.#files.set(address, file);
    }
    this.#end = text.slice(1 - addressLength);
  }

  /** Each once. */
  list(): ShownFile[] {
    return [...this.#files.values()];
  }
}
