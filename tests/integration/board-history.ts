import {
  deletedBoardSchema,
  restoredVersionSchema,
  versionSchema,
  versionsSchema,
  type CreatedBoard,
  type CreateVersionRequest,
  type DeletedBoard,
  type Version,
} from "@boardwalk/board-model";
import * as Y from "yjs";

/** What someone does with a board's past over REST, by its edit link or with another token. */
export class BoardHistory {
  readonly #url: string;
  readonly #board: CreatedBoard;
  readonly #token: string;

  constructor(url: string, board: CreatedBoard, token: string = board.editToken) {
    this.#url = url;
    this.#board = board;
    this.#token = token;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#url}/api/boards/${this.#board.id}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  async #done(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await this.ask(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response;
  }

  async versions(): Promise<Version[]> {
    const response = await this.#done("GET", "/versions");
    return versionsSchema.parse(await response.json()).versions;
  }

  async keep(request: CreateVersionRequest = {}): Promise<Version> {
    const response = await this.#done("POST", "/versions", request);
    return versionSchema.parse(await response.json());
  }

  async name(versionId: string, name: string): Promise<Version> {
    const response = await this.#done("PATCH", `/versions/${versionId}`, { name });
    return versionSchema.parse(await response.json());
  }

  /** The version's document, as one Yjs update. */
  async document(versionId: string): Promise<Uint8Array> {
    const response = await this.#done("GET", `/versions/${versionId}/document`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** The keys of the version's records. */
  async read(versionId: string): Promise<string[]> {
    const document = new Y.Doc();
    Y.applyUpdate(document, await this.document(versionId));
    return [...document.getMap("records").keys()].toSorted();
  }

  async restore(versionId: string, author?: string): Promise<Version> {
    const response = await this.#done("POST", `/versions/${versionId}/restore`, { author });
    return restoredVersionSchema.parse(await response.json()).before;
  }

  async deleteBoard(): Promise<DeletedBoard> {
    return deletedBoardSchema.parse(await (await this.#done("DELETE", "")).json());
  }
}
