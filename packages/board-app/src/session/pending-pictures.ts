import {
  assetPath,
  errorResponseSchema,
  limits,
  uploadedAssetSchema,
} from "@boardwalk/board-model";
import { digest } from "lib0/hash/sha256";
import { backOffMs } from "./back-off.ts";
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
const tooManyRequestsStatus = 429;

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
  #isOnline = false;
  #isSending = false;
  #attempt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | null = null;
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

  /** The same of a picture that another tab of this browser keeps; from then on this one does, too. */
  async findAddress(sha256: string): Promise<string | null> {
    try {
      const blob = await this.#store?.readPicture(sha256);
      if (blob === undefined || this.#closed) return null;
      this.#await(sha256, blob);
      return this.#show(sha256, blob);
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

  /**
   * Calls back when a picture that had to wait has been sent, and before it is forgotten. Nothing is
   * sent while there is nobody to tell the others.
   */
  onSent(listener: (sha256: string) => void): () => void {
    this.#sentListeners.add(listener);
    void this.#sendAll();
    return () => this.#sentListeners.delete(listener);
  }

  /** The session tells whether the server answers: then what waits is sent. */
  setOnline(isOnline: boolean): void {
    if (isOnline === this.#isOnline) return;
    this.#isOnline = isOnline;
    this.#attempt = 0;
    this.#stopWaiting();
    void this.#sendAll();
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

  close(): void {
    this.#closed = true;
    this.#stopWaiting();
    for (const address of this.#shown.values()) URL.revokeObjectURL(address);
    this.#shown.clear();
    this.#sentListeners.clear();
  }

  get #maySend(): boolean {
    return this.#isOnline && !this.#closed && this.#sentListeners.size > 0;
  }

  /** Sends what waits. Other tabs' pictures too: theirs may be closed by now. */
  async #sendAll(): Promise<void> {
    if (this.#isSending || !this.#maySend) return;
    this.#isSending = true;
    let isLeft = false;
    try {
      if (this.#store !== null) await this.#takeUp(this.#store);
    } catch {
      // What this tab knows of is sent all the same.
    }
    for (const [sha256, picture] of this.#pending) {
      if (!this.#maySend) break;
      if (!(await this.#sendPending(sha256, picture))) isLeft = true;
    }
    this.#isSending = false;
    if (isLeft) this.#sendLater();
  }

  #sendLater(): void {
    if (this.#retryTimer !== null || !this.#maySend) return;
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = null;
        void this.#sendAll();
      },
      backOffMs(this.#attempt++, Math.random()),
    );
  }

  #stopWaiting(): void {
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
  }

  /** @returns false when it is worth trying again */
  async #sendPending(sha256: string, picture: Blob): Promise<boolean> {
    try {
      await this.#send(picture);
      // The canvas has gone meanwhile: once more when there is another.
      if (!this.#maySend) return true;
      for (const listener of this.#sentListeners) listener(sha256);
      await this.#store?.deletePicture(sha256);
    } catch (cause) {
      // Still only here, which is what its being counted says. A refusal holds until the next connection.
      return cause instanceof UploadError;
    }
    this.#pending.delete(sha256);
    this.#attempt = 0;
    this.#onChange();
    return true;
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
    this.#await(sha256, picture);
  }

  /** The server may be back before the picture waits, so nothing else might have it sent. */
  #await(sha256: string, picture: Blob): void {
    this.#pending.set(sha256, picture);
    this.#onChange();
    this.#sendLater();
  }

  async #send(picture: Blob, abort?: AbortSignal): Promise<void> {
    const { status, body } = await this.#post(picture, abort);
    if (status >= serverErrorStatus || status === tooManyRequestsStatus) {
      throw new UnreachableError(`The server answered ${status}`);
    }
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
