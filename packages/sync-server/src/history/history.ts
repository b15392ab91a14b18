import {
  limits,
  type CreateVersionRequest,
  type Version,
  type VersionKind,
} from "@boardwalk/board-model";
import { StoreError, type Store, type Version as StoredVersion } from "@boardwalk/persistence";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { BoardError } from "../boards/board-error.ts";
import type { LiveBoard } from "../sync/live-board.ts";
import type { SyncHost } from "../sync/sync-host.ts";
import { AutoVersions, type BoardCount } from "./auto-versions.ts";
import { DocumentThread } from "./document-thread.ts";
import { createHistoryMetrics, type HistoryMetrics } from "./history-metrics.ts";
import { type OwedVersion, OwedVersions } from "./owed-versions.ts";
import { versionsToThinOut } from "./thinning.ts";
import {
  decodeVersionDetails,
  encodeVersionDetails,
  type VersionDetails,
} from "./version-details.ts";

export type HistoryOptions = {
  store: Store;
  syncHost: SyncHost;
  logger: Logger;
  registry: Registry;
  nowMs?: () => number;
};

type NewVersion = {
  readonly kind: VersionKind;
  readonly name?: string | undefined;
  /** Who asked for it. */
  readonly author?: string | undefined;
  readonly count: BoardCount;
};

type KnownVersion = { readonly stored: StoredVersion; readonly details: VersionDetails };

/** The past of the boards: what is kept of it, and the way back. */
export class History {
  readonly #store: Store;
  readonly #syncHost: SyncHost;
  readonly #logger: Logger;
  readonly #nowMs: () => number;
  readonly #metrics: HistoryMetrics;
  readonly #thread = new DocumentThread();
  readonly #auto: AutoVersions;
  readonly #owed: OwedVersions;
  readonly #stopObserving: () => void;
  /** Restores come one after the other: two at once would write a text twice. */
  #restoring: Promise<unknown> = Promise.resolve();
  #catchingUp: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;

  constructor({ store, syncHost, logger, registry, nowMs = Date.now }: HistoryOptions) {
    this.#store = store;
    this.#syncHost = syncHost;
    this.#logger = logger;
    this.#nowMs = nowMs;
    this.#metrics = createHistoryMetrics(registry);
    this.#owed = new OwedVersions({ store });
    this.#auto = new AutoVersions({
      keep: async (boardId, count) => this.#keepAuto(boardId, count),
      note: async (boardId, names) =>
        this.#owed.note({ boardId, names: names.slice(0, limits.versionAuthors) }),
      nowMs,
      logger,
    });
    this.#stopObserving = syncHost.observeWork(this.#auto);
  }

  /** Keeps in the background what a server that was killed owes. To be called once. */
  start(): void {
    this.#catchingUp = this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    try {
      for await (const owed of this.#owed.list()) {
        if (this.#closing !== null) return;
        await this.#keepOwed(owed);
      }
    } catch (err) {
      this.#logger.error({ err }, "which boards a version is owed to could not be read");
    }
  }

  async #keepOwed({ boardId, names }: OwedVersion): Promise<void> {
    this.#auto.giveBack(boardId, names);
    await this.#keepAuto(boardId, null).catch((err: unknown) => {
      // It may be in the trash; when it is taken back, or at the next start, this is tried again.
      this.#auto.take(boardId);
      this.#logger.warn({ board: boardId, err }, "a version that is owed could not be kept");
    });
  }

  /** Keeps in the background what may be owed to a board that was taken back from the trash. */
  takenBack(boardId: string): void {
    this.#catchingUp = this.#catchingUp.then(async () => {
      // What has been done since this server started is kept in its time.
      if (this.#closing !== null || this.#auto.isWorkedOn(boardId)) return;
      try {
        const owed = await this.#owed.find(boardId);
        if (owed !== null) await this.#keepOwed(owed);
      } catch (err) {
        this.#logger.error({ board: boardId, err }, "whether a version is owed could not be read");
      }
    });
  }

  /** Newest first. */
  async list(boardId: string): Promise<Version[]> {
    const known = await this.#known(boardId);
    return known.map(describe).toReversed();
  }

  /**
   * Keeps what is on the board now, all that was acknowledged included; durable when it resolves.
   *
   * @throws BoardError `TOO_MANY_VERSIONS`
   */
  async create(boardId: string, request: CreateVersionRequest): Promise<Version> {
    const { kind = "named", name = "", author } = request;
    if (name !== "") await this.#assertRoomForName(boardId);
    return this.#syncHost.withBoard(boardId, async (board) =>
      this.#keepOpen(board, { kind, name, author }),
    );
  }

  /**
   * Names a version, or takes its name away.
   *
   * @throws BoardError `VERSION_NOT_FOUND` or `TOO_MANY_VERSIONS`
   */
  async name(boardId: string, versionId: string, name: string): Promise<Version> {
    const { details } = await this.#find(boardId, versionId);
    if (name !== "" && details.name === "") await this.#assertRoomForName(boardId);
    const named = { ...details, name };
    const encoded = encodeVersionDetails(named);
    const stored = await this.#store.versions.describe(boardId, versionId, encoded);
    if (stored === null) throw new BoardError("VERSION_NOT_FOUND");
    return describe({ stored, details: named });
  }

  /** @throws BoardError `VERSION_NOT_FOUND` */
  async delete(boardId: string, versionId: string): Promise<void> {
    await this.#find(boardId, versionId);
    await this.#store.versions.delete(boardId, [versionId]);
  }

  /**
   * A version's document as one Yjs update.
   *
   * @throws BoardError `VERSION_NOT_FOUND` or `VERSION_DAMAGED`
   */
  async load(boardId: string, versionId: string): Promise<Uint8Array> {
    const update = await this.#store.versions.load(boardId, versionId).catch((cause: unknown) => {
      const isDamaged = cause instanceof StoreError && cause.code === "STORE_DAMAGED";
      throw isDamaged ? new BoardError("VERSION_DAMAGED", { cause }) : cause;
    });
    if (update === null) throw new BoardError("VERSION_NOT_FOUND");
    return update;
  }

  /**
   * Makes the board what it was, as a change that everyone on it sees. Resolves when it is durable,
   * with the version that was kept before; on disk it happens as a whole or not at all.
   *
   * @throws BoardError `VERSION_NOT_FOUND`, `VERSION_DAMAGED` or `VERSION_IS_NEWER`
   */
  async restore(boardId: string, versionId: string, author?: string): Promise<Version> {
    const restored = this.#restoring.then(async () =>
      this.#syncHost.withBoard(boardId, async (board) => this.#restore(board, versionId, author)),
    );
    this.#restoring = restored.catch(() => undefined);
    return restored;
  }

  async #restore(board: LiveBoard, versionId: string, author?: string): Promise<Version> {
    const boardId = board.name;
    const version = await this.load(boardId, versionId);
    const before = await this.#keepOpen(board, { kind: "beforeRestore", author });
    const live = await this.load(boardId, before.id);
    const updates = await this.#thread.restore({ live, version });
    if (updates === null) throw new BoardError("VERSION_IS_NEWER");
    if (updates.length > 0) {
      await this.#store.commit(
        updates.map((update) => ({ type: "append", name: boardId, update })),
      );
      await board.apply(updates);
      await board.log.durable();
    }
    if (author !== undefined) this.#auto.note(board, author);
    this.#metrics.restores.inc();
    return before;
  }

  async #keepAuto(boardId: string, count: BoardCount | null): Promise<void> {
    if (count !== null) await this.#keep(boardId, { kind: "auto", count });
    else {
      await this.#syncHost.withBoard(boardId, async (board) =>
        this.#keepOpen(board, { kind: "auto" }),
      );
    }
  }

  async #keepOpen(board: LiveBoard, version: Omit<NewVersion, "count">): Promise<Version> {
    await board.log.durable();
    return this.#keep(board.name, { ...version, count: board.count() });
  }

  async #keep(boardId: string, { kind, name, author, count }: NewVersion): Promise<Version> {
    const worked = this.#auto.take(boardId);
    const authors = [...new Set(author === undefined ? worked : [author, ...worked])];
    const details: VersionDetails = {
      formatVersion: 1,
      createdAt: new Date(this.#nowMs()).toISOString(),
      kind,
      name: name ?? "",
      authors: authors.slice(0, limits.versionAuthors),
      ...count,
    };
    try {
      const encoded = encodeVersionDetails(details);
      const stored = await this.#store.versions.create(boardId, encoded);
      if (stored === null) throw new BoardError("BOARD_NOT_FOUND");
      this.#metrics.versions.inc({ kind });
      // What is done from here on is noted anew, behind this.
      if (!this.#auto.isWorkedOn(boardId)) await this.#owed.settle(boardId);
      await this.thinOut(boardId);
      return describe({ stored, details });
    } catch (cause) {
      this.#metrics.failedVersions.inc({ kind });
      this.#auto.giveBack(boardId, worked);
      throw cause;
    }
  }

  /** Lets go of the versions whose time is over. */
  async thinOut(boardId: string): Promise<void> {
    const dated = (await this.#known(boardId)).map(({ stored: { id }, details }) => ({
      id,
      createdAtMs: Date.parse(details.createdAt),
      isNamed: details.name !== "",
    }));
    const gone = versionsToThinOut(dated, this.#nowMs());
    if (gone.length === 0) return;
    await this.#store.versions.delete(boardId, gone);
    this.#metrics.thinnedOut.inc(gone.length);
  }

  /** Oldest first. One that cannot be read stays where it is, for a Boardwalk that can. */
  async #known(boardId: string): Promise<KnownVersion[]> {
    const stored = await this.#store.versions.list(boardId);
    return stored.flatMap((version) => {
      const details = decodeVersionDetails(version.details);
      if (details !== null) return [{ stored: version, details }];
      const { id } = version;
      this.#logger.error(
        { board: boardId, version: id },
        "what is known of a version is unreadable",
      );
      return [];
    });
  }

  async #find(boardId: string, versionId: string): Promise<KnownVersion> {
    const found = (await this.#known(boardId)).find(({ stored: { id } }) => id === versionId);
    if (found === undefined) throw new BoardError("VERSION_NOT_FOUND");
    return found;
  }

  async #assertRoomForName(boardId: string): Promise<void> {
    const named = (await this.#known(boardId)).filter(({ details }) => details.name !== "");
    if (named.length >= limits.namedVersionsPerBoard) {
      throw new BoardError("TOO_MANY_VERSIONS", { limit: "NAMED_VERSIONS_PER_BOARD" });
    }
  }

  /** Keeps what would be kept in a moment; to be called once nobody is connected. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopObserving();
    await this.#catchingUp;
    await this.#auto.close();
    await this.#thread.close();
  }
}

function describe({ stored: { id, bytes }, details }: KnownVersion): Version {
  const { formatVersion: _formatVersion, ...told } = details;
  return { id, ...told, bytes };
}
