import {
  createdLinkSchema,
  linksSchema,
  peopleSchema,
  removedPersonSchema,
  type ChangeLinkRequest,
  type CreatedBoard,
  type CreatedLink,
  type CreateLinkRequest,
  type Links,
  type PersonHere,
  type RemovedPerson,
} from "@boardwalk/board-model";

/** What the owner of a board does over REST. */
export class BoardOwner {
  readonly #url: string;
  readonly #board: CreatedBoard;

  constructor(url: string, board: CreatedBoard) {
    this.#url = url;
    this.#board = board;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#url}/api/boards/${this.#board.id}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#board.ownerKey}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  async #done(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.ask(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  async links(): Promise<Links> {
    return linksSchema.parse(await this.#done("GET", "/links"));
  }

  async makeLink(request: CreateLinkRequest): Promise<CreatedLink> {
    return createdLinkSchema.parse(await this.#done("POST", "/links", request));
  }

  async changeLink(linkId: string, request: ChangeLinkRequest): Promise<void> {
    await this.#done("PATCH", `/links/${linkId}`, request);
  }

  async revokeLink(linkId: string): Promise<void> {
    await this.#done("DELETE", `/links/${linkId}`);
  }

  async lock(locked: boolean): Promise<void> {
    await this.#done("PATCH", "", { locked });
  }

  async people(): Promise<PersonHere[]> {
    return peopleSchema.parse(await this.#done("GET", "/people")).people;
  }

  async remove(connectionId: string): Promise<RemovedPerson> {
    return removedPersonSchema.parse(await this.#done("DELETE", `/people/${connectionId}`));
  }
}

/** The status and the code with which a link's password is refused, or the session it opens. */
export async function enterPassword(
  url: string,
  link: { boardId: string; token: string },
  password: string,
): Promise<{ status: number; code: string; session: string }> {
  const response = await fetch(`${url}/api/boards/${link.boardId}/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${link.token}`, "content-type": "application/json" },
    body: JSON.stringify({ password }),
  });
  const body = (await response.json()) as { session?: string; error?: { code: string } };
  return { status: response.status, code: body.error?.code ?? "", session: body.session ?? "" };
}
