import {
  createdLinkSchema,
  deletedBoardSchema,
  linksSchema,
  peopleSchema,
  removedPersonSchema,
  type ChangeLinkRequest,
  type CreatedLink,
  type CreateLinkRequest,
  type DeletedBoard,
  type Links,
  type PersonHere,
  type RemovedPerson,
} from "@boardwalk/board-model";
import { callAs, parse, readFile } from "./rest-call.ts";

/** What a board's owner may do, by the owner key. Every call rejects with `ApiError`. */
export class OwnerApi {
  readonly #path: string;
  readonly #ownerKey: string;

  constructor(boardId: string, ownerKey: string) {
    this.#path = `/api/boards/${boardId}`;
    this.#ownerKey = ownerKey;
  }

  async links(): Promise<Links> {
    return parse(linksSchema, await callAs(this.#ownerKey, "GET", `${this.#path}/links`));
  }

  async makeLink(request: CreateLinkRequest): Promise<CreatedLink> {
    const path = `${this.#path}/links`;
    return parse(createdLinkSchema, await callAs(this.#ownerKey, "POST", path, request));
  }

  async changeLink(linkId: string, request: ChangeLinkRequest): Promise<void> {
    await callAs(this.#ownerKey, "PATCH", `${this.#path}/links/${linkId}`, request);
  }

  async revokeLink(linkId: string): Promise<void> {
    await callAs(this.#ownerKey, "DELETE", `${this.#path}/links/${linkId}`);
  }

  async setLocked(locked: boolean): Promise<void> {
    await callAs(this.#ownerKey, "PATCH", this.#path, { locked });
  }

  async deleteVersion(versionId: string): Promise<void> {
    await callAs(this.#ownerKey, "DELETE", `${this.#path}/versions/${versionId}`);
  }

  /** Moves the board to the trash; every connection to it is closed when this resolves. */
  async deleteBoard(): Promise<DeletedBoard> {
    return parse(deletedBoardSchema, await callAs(this.#ownerKey, "DELETE", this.#path));
  }

  /** Takes the board back from the trash, with its links as they were. */
  async undeleteBoard(): Promise<void> {
    await callAs(this.#ownerKey, "POST", `${this.#path}/undelete`);
  }

  /** The board as one file, with pictures and versions. */
  async archive(onProgress: (bytesSoFar: number) => void): Promise<Blob> {
    return readFile(this.#ownerKey, `${this.#path}/archive`, onProgress);
  }

  async people(): Promise<PersonHere[]> {
    const path = `${this.#path}/people`;
    return parse(peopleSchema, await callAs(this.#ownerKey, "GET", path)).people;
  }

  async remove(connectionId: string): Promise<RemovedPerson> {
    const path = `${this.#path}/people/${connectionId}`;
    return parse(removedPersonSchema, await callAs(this.#ownerKey, "DELETE", path));
  }
}
