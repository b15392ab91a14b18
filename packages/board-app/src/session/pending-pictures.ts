import {
  assetPath,
  errorResponseSchema,
  limits,
  uploadedAssetSchema,
} from "@boardwalk/board-model";
import { digest } from "lib0/hash/sha256";
import type { PictureStore } from "./local-copy.ts";

/** An upload that the server, or this page, refused; `code` is one of the REST API's. */
export class UploadError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the page could not send for now: no connection, or a server that cannot take it at present. */
class UnreachableError extends Error {}

/** More pictures than this do not wait in this browser; the next one is refused. */
const maxPending = 200;
const serverErrorStatus = 500;

/**
 * Sends pictures to the board's server. A picture's address is the hash of its content, so it is
 * known before the picture has been sent: without the network it waits in this browser, is shown
 * from there, and is sent on return.
 */
export class PendingPictures {
  readonly #boardId: string;
  readonly #credential: () => string;
  readonly #onChange: () => void;
  readonly #pending = new Map<string, Blob>();
  readonly #shown = new Map<string, string>();
  readonly #sentListeners = new Set<(sha256: string) => void>();
  #store: PictureStore | null = null;
  #isSending = false;
  #closed = false;

  /** @param credential what the server is shown at that moment */
  constructor(boardId: string, credential: () => string, onChange: () => void) {
    this.#boardId = boardId;
    this.#credential = credential;
    this.#onChange = onChange;
  }

  /** Takes up what an earlier session on this device could not send. */
  async open(store: PictureStore): Promise<void> {
    this.#store = store;
    await this.#takeUp(store);
  }

  async #takeUp(store: PictureStore): Promise<void> {
    for (const [sha256, blob] of await store.readPictures()) this.#pending.set(sha256, blob);
    this.#onChange();
  }

  /** Number of pictures that are only in this browser. */
  get count(): number {
    return this.#pending.size;
  }

  /** An address in this browser of a picture that this tab has not sent; null for any other. */
  addressOf(sha256: string): string | null {
    const blob = this.#pending.get(sha256);
    return blob === undefined ? null : this.#show(sha256, blob);
  }

  /** The same of a picture that another tab of this browser keeps. */
  async findAddress(sha256: string): Promise<string | null> {
    try {
      const blob = await this.#store?.readPicture(sha256);
      return blob === undefined || this.#closed ? null : this.#show(sha256, blob);
    } catch {
      // It is seen as soon as that tab has sent it.
      return null;
    }
  }

  #show(sha256: string, blob: Blob): string {
    const address = this.#shown.get(sha256) ?? URL.createObjectURL(blob);
    this.#shown.set(sha256, address);
    return address;
  }

  onSent(listener: (sha256: string) => void): () => void {
    this.#sentListeners.add(listener);
    return () => this.#sentListeners.delete(listener);
  }

  /**
   * Sends a picture, or keeps it to be sent later. Rejects with UploadError when it is refused, or
   * can neither be sent nor kept.
   *
   * @returns its address on the board's server, and whether it is there already
   */
  async add(picture: Blob, abort?: AbortSignal): Promise<{ src: string; isSent: boolean }> {
    if (picture.size > limits.assetBytes) {
      throw new UploadError("ASSET_TOO_LARGE", "The file is larger than this server takes.");
    }
    const sha256 = await sha256Of(picture);
    const src = assetPath(this.#boardId, sha256);
    try {
      await this.#send(picture, abort);
      return { src, isSent: true };
    } catch (cause) {
      if (!(cause instanceof UnreachableError)) throw cause;
      await this.#keep(sha256, picture, cause);
      return { src, isSent: false };
    }
  }

  /**
   * Sends what waits, as far as the server takes it now; what it does not take goes on waiting.
   * Other tabs' pictures too: theirs may be closed by now.
   */
  async sendAll(): Promise<void> {
    if (this.#isSending || this.#closed) return;
    this.#isSending = true;
    try {
      if (this.#store !== null) await this.#takeUp(this.#store);
    } catch {
      // What this tab knows of is sent all the same.
    }
    try {
      for (const [sha256, picture] of this.#pending) {
        if (this.#closed) return;
        await this.#sendPending(sha256, picture);
      }
    } finally {
      this.#isSending = false;
    }
  }

  close(): void {
    this.#closed = true;
    for (const address of this.#shown.values()) URL.revokeObjectURL(address);
    this.#shown.clear();
    this.#sentListeners.clear();
  }

  async #sendPending(sha256: string, picture: Blob): Promise<void> {
    try {
      await this.#send(picture);
      await this.#store?.deletePicture(sha256);
    } catch {
      // Still only here, which is what its being counted says.
      return;
    }
    this.#pending.delete(sha256);
    for (const listener of this.#sentListeners) listener(sha256);
    this.#onChange();
  }

  async #keep(sha256: string, picture: Blob, cause: unknown): Promise<void> {
    const message = "The server cannot be reached, and this browser could not keep the file.";
    if (this.#store === null || this.#pending.size >= maxPending) {
      throw new UploadError("OFFLINE", message, { cause });
    }
    try {
      await this.#store.writePicture(sha256, picture);
    } catch (failure) {
      throw new UploadError("OFFLINE", message, { cause: failure });
    }
    this.#pending.set(sha256, picture);
    this.#onChange();
  }

  async #send(picture: Blob, abort?: AbortSignal): Promise<void> {
    const { status, body } = await this.#post(picture, abort);
    if (status >= serverErrorStatus) throw new UnreachableError(`The server answered ${status}`);
    if (uploadedAssetSchema.safeParse(body).success) return;
    const error = errorResponseSchema.safeParse(body);
    const { code, message } = error.success
      ? error.data.error
      : { code: "INTERNAL", message: "The server did not take the file." };
    throw new UploadError(code, message);
  }

  async #post(picture: Blob, abort?: AbortSignal): Promise<{ status: number; body: unknown }> {
    try {
      const response = await fetch(`/api/boards/${this.#boardId}/assets`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${this.#credential()}`,
          "content-type": "application/octet-stream",
        },
        body: picture,
        signal: abort ?? null,
      });
      return { status: response.status, body: (await response.json()) as unknown };
    } catch (cause) {
      if (abort?.aborted === true) throw cause;
      throw new UnreachableError("The server could not be reached", { cause });
    }
  }
}

/** Browsers offer their own hash only over https and on localhost. */
async function sha256Of(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  const hash =
    typeof crypto.subtle === "object"
      ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
      : digest(bytes);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
