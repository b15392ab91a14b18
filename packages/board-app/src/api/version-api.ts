import {
  restoredVersionSchema,
  versionSchema,
  versionsSchema,
  type CreateVersionRequest,
  type Version,
} from "@boardwalk/board-model";
import { callAs, parse, readFile, wholeBoardTimeoutMs } from "./rest-call.ts";

/** A board's past, for who may edit the board. Every call rejects with `ApiError`. */
export class VersionApi {
  readonly #path: string;
  readonly #credential: () => string;

  /** @param credential what the server is shown at that moment */
  constructor(boardId: string, credential: () => string) {
    this.#path = `/api/boards/${boardId}/versions`;
    this.#credential = credential;
  }

  /** Newest first. */
  async list(): Promise<Version[]> {
    const answer = await callAs(this.#credential(), "GET", this.#path);
    return parse(versionsSchema, answer).versions;
  }

  /** Keeps the board as it is on the server's disk now. */
  async keep(request: CreateVersionRequest): Promise<Version> {
    return parse(versionSchema, await this.#post(this.#path, request));
  }

  /** An empty name takes the name away. */
  async rename(versionId: string, name: string): Promise<void> {
    await callAs(this.#credential(), "PATCH", `${this.#path}/${versionId}`, { name });
  }

  /** The whole document of a version, as one Yjs update. */
  async read(versionId: string): Promise<Uint8Array> {
    const file = await readFile(this.#credential(), `${this.#path}/${versionId}/document`);
    return new Uint8Array(await file.arrayBuffer());
  }

  /**
   * Makes the board what it was, for everyone.
   *
   * @returns what it was until then: restoring that undoes it
   */
  async restore(versionId: string, author: string): Promise<Version> {
    const answer = await this.#post(`${this.#path}/${versionId}/restore`, { author });
    return parse(restoredVersionSchema, answer).before;
  }

  async #post(path: string, request: object) {
    return callAs(this.#credential(), "POST", path, request, wholeBoardTimeoutMs);
  }
}
