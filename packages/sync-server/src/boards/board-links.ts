import {
  limits,
  viewTokenOf,
  type ChangeLinkRequest,
  type CreateLinkRequest,
} from "@boardwalk/board-model";
import { BoardError } from "./board-error.ts";
import type { BoardRecord, LinkRecord } from "./board-record.ts";
import type { Boards } from "./boards.ts";
import { hashOf, newShortId, newToken } from "./secret.ts";

/** Revoked links that are remembered for each board; who comes by an earlier one is a stranger. */
const rememberedRevokedLinks = 100;
/** Removed people who came by signed tokens; by the time of this many the first ones' have expired. */
const rememberedSubjects = 1_000;

/** A link just made. The server keeps the hash of its token only. */
export type NewLink = { readonly link: LinkRecord; readonly token: string };
export type ReplacedLink = NewLink & { readonly replaces: string };

/** Who is put out: their connections, and what they came by. */
export type Removed = {
  readonly connectionIds: ReadonlySet<string>;
  readonly linkIds: ReadonlySet<string>;
  /** Of signed tokens. */
  readonly subjects: ReadonlySet<string>;
};

/** What a board's owner does with its links. Everything acts at once on who is in by them. */
export class BoardLinks {
  readonly #boards: Boards;

  constructor({ boards }: { boards: Boards }) {
    this.#boards = boards;
  }

  /** @throws BoardError `TOO_MANY_LINKS` or `LINKS_NOT_USED` */
  async create(boardId: string, request: CreateLinkRequest): Promise<NewLink> {
    this.#boards.assertLinksAreUsed();
    const token = newToken();
    const { password, expiresAt } = request;
    const link: LinkRecord = {
      id: newShortId(),
      role: request.role,
      name: request.name ?? "",
      tokenHash: hashOf(token),
      derivedFrom: null,
      createdAt: new Date().toISOString(),
      expiresAt: timeOf(expiresAt ?? null),
      password: typeof password === "string" ? await this.#boards.passwords.set(password) : null,
      revokedAt: null,
    };
    await this.#boards.change(boardId, (record) => {
      if (record.links.filter(isKept).length >= limits.linksPerBoard) {
        throw new BoardError("TOO_MANY_LINKS", { limit: "LINKS_PER_BOARD" });
      }
      return { record: { ...record, links: [...record.links, link] } };
    });
    return { link, token };
  }

  /** @throws BoardError `LINK_NOT_FOUND`, or `LINK_IS_DERIVED` for a right it may not have */
  async change(boardId: string, linkId: string, request: ChangeLinkRequest): Promise<LinkRecord> {
    const { name, role, password, expiresAt } = request;
    const set =
      typeof password === "string" ? await this.#boards.passwords.set(password) : password;
    const changed = await this.#boards.change(boardId, (record) => ({
      record: replaceLink(record, linkId, (link) => {
        // People pass it on as a view link, without asking the server.
        if (role === "edit" && link.derivedFrom !== null) throw new BoardError("LINK_IS_DERIVED");
        return {
          ...link,
          ...(name === undefined ? {} : { name }),
          ...(role === undefined ? {} : { role }),
          ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt) }),
          ...(set === undefined ? {} : { password: set }),
        };
      }),
    }));
    return keptLink(changed, linkId);
  }

  /** @throws BoardError `LINK_NOT_FOUND` */
  async revoke(boardId: string, linkId: string): Promise<void> {
    await this.#boards.change(boardId, (record) => ({
      record: forgetRevoked(replaceLink(record, linkId, revoked)),
    }));
  }

  async setLocked(boardId: string, locked: boolean): Promise<void> {
    await this.#boards.change(boardId, (record) => ({ record: { ...record, locked } }));
  }

  /**
   * Puts people out. A link cannot be kept from who knows it, so the links they came by are revoked,
   * with the view links that can be derived from those; whoever else is in by one goes on by a new
   * link that takes its place. A signed token is one person's: theirs from before open the board no
   * more.
   */
  async remove(
    boardId: string,
    { connectionIds, linkIds, subjects }: Removed,
  ): Promise<ReplacedLink[]> {
    const replaced: ReplacedLink[] = [];
    await this.#boards.change(boardId, (record) => {
      const ended = record.links.filter(
        (link) =>
          isKept(link) &&
          (linkIds.has(link.id) || (link.derivedFrom !== null && linkIds.has(link.derivedFrom))),
      );
      replaced.push(...replacementsOf(ended));
      const links = record.links.map((link) => (ended.includes(link) ? revoked(link) : link));
      const moves = new Map(
        replaced.map(({ replaces, link, token }) => [replaces, { linkId: link.id, token }]),
      );
      return {
        record: forgetRevoked({
          ...record,
          ...rememberSubjects(record, subjects),
          links: [...links, ...replaced.map(({ link }) => link)],
        }),
        removal: { connectionIds, moves },
      };
    });
    return replaced;
  }
}

export function isKept(link: LinkRecord): boolean {
  return link.revokedAt === null;
}

/** A new link in place of each, the same in all but id and token. */
function replacementsOf(ended: readonly LinkRecord[]): ReplacedLink[] {
  const replaced = new Map<string, ReplacedLink>();
  const createdAt = new Date().toISOString();
  // Those that others are derived from come first.
  for (const link of ended.toSorted(
    (a, b) => Number(a.derivedFrom !== null) - Number(b.derivedFrom !== null),
  )) {
    const origin = link.derivedFrom === null ? undefined : replaced.get(link.derivedFrom);
    const token = origin === undefined ? newToken() : viewTokenOf(origin.token);
    replaced.set(link.id, {
      replaces: link.id,
      token,
      link: {
        ...link,
        id: newShortId(),
        tokenHash: hashOf(token),
        derivedFrom: origin?.link.id ?? null,
        createdAt,
      },
    });
  }
  return [...replaced.values()];
}

function replaceLink(
  record: BoardRecord,
  linkId: string,
  work: (link: LinkRecord) => LinkRecord,
): BoardRecord {
  const replaced = keptLink(record, linkId);
  return {
    ...record,
    links: record.links.map((link) => (link === replaced ? work(link) : link)),
  };
}

/** @throws BoardError `LINK_NOT_FOUND` */
function keptLink(record: BoardRecord, linkId: string): LinkRecord {
  const found = record.links.find((link) => link.id === linkId && isKept(link));
  if (found === undefined) throw new BoardError("LINK_NOT_FOUND");
  return found;
}

function revoked(link: LinkRecord): LinkRecord {
  // The password opens nothing any more, so nothing of it is kept.
  return { ...link, revokedAt: new Date().toISOString(), password: null };
}

function forgetRevoked(record: BoardRecord): BoardRecord {
  const remembered = new Set(
    record.links
      .filter((link) => !isKept(link))
      .toSorted((a, b) => ((a.revokedAt ?? "") < (b.revokedAt ?? "") ? 1 : -1))
      .slice(0, rememberedRevokedLinks),
  );
  return { ...record, links: record.links.filter((link) => isKept(link) || remembered.has(link)) };
}

function rememberSubjects(
  { removedSubjects = [] }: BoardRecord,
  subjects: ReadonlySet<string>,
): Pick<BoardRecord, "removedSubjects"> {
  if (subjects.size === 0) return {};
  const removedAt = new Date().toISOString();
  const earlier = removedSubjects.filter(({ subject }) => !subjects.has(subject));
  const added = [...subjects].map((subject) => ({ subject, removedAt }));
  return { removedSubjects: [...earlier, ...added].slice(-rememberedSubjects) };
}

/** As it is stored: in UTC. */
function timeOf(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
