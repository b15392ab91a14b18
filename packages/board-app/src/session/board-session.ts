import {
  BoardInfo,
  boardFormat,
  canEdit,
  limits,
  type LinkRole,
  type Presence,
} from "@boardwalk/board-model";
import * as Y from "yjs";
import { askServer, openLinkSession } from "../api/board-api.ts";
import { VersionApi } from "../api/version-api.ts";
import type { BrowserStorage } from "../storage/browser-storage.ts";
import { LinkPass } from "./link-pass.ts";
import { LocalCopy, roleOf, type SessionMemory } from "./local-copy.ts";
import { PendingPictures } from "./pending-pictures.ts";
import { PresenceClient } from "./presence-client.ts";
import type {
  ConnectionStatus,
  DenialCode,
  Identity,
  Peer,
  SessionState,
} from "./session-state.ts";
import { SyncConnection, type LinkState } from "./sync-connection.ts";
import { TabChannel } from "./tab-channel.ts";

export type BoardSessionOptions = {
  boardId: string;
  token: string;
  identity: Identity;
  /** Kept as long as the tab; null where the browser keeps nothing. */
  tabStorage?: BrowserStorage | null;
  /** Address of the server's sync endpoint; the page's own host when left out. */
  url?: string;
};

const denialCodes: ReadonlySet<string> = new Set<DenialCode>([
  "BOARD_NOT_FOUND",
  "BOARD_DELETED",
  "TOKEN_INVALID",
  "TOKEN_MISSING",
  "TOKEN_EXPIRED",
  "LINK_REVOKED",
  "LINK_EXPIRED",
  "PASSWORD_REQUIRED",
  "REMOVED",
  "BOARD_IS_NEWER",
  "BOARD_IS_DAMAGED",
]);

/**
 * One board, open in this tab: its document, its copy in this browser, its connection, and who else
 * is there. The state is replaced as a whole whenever something in it changes.
 */
export class BoardSession {
  readonly boardId: string;
  readonly presence: PresenceClient;
  readonly pictures: PendingPictures;
  readonly versions: VersionApi;
  readonly #url: string;
  readonly #pass: LinkPass;
  /** The board's document; the canvas is bound to it. */
  readonly doc = new Y.Doc();
  readonly #info = new BoardInfo(this.doc);
  readonly #listeners = new Set<() => void>();
  readonly #collectListeners = new Set<() => void>();
  readonly #unobserve: (() => void)[] = [];
  #identity: Identity;
  #connection: SyncConnection | null = null;
  #localCopy: LocalCopy | null = null;
  #tabs: TabChannel | null = null;
  #remembered: SessionMemory;
  /** Changes on the canvas that are not in the document yet. */
  #canvasIsAhead = false;
  /** The password is being given again, without asking the person. */
  #isReentering = false;
  #boardIsNewer = false;
  #unreadable = 0;
  #peers: readonly Peer[] = [];
  #state: SessionState;
  #closed = false;

  static open(options: BoardSessionOptions): BoardSession {
    const session = new BoardSession(options);
    void session.#start();
    return session;
  }

  private constructor(options: BoardSessionOptions) {
    this.boardId = options.boardId;
    this.#pass = new LinkPass(options.boardId, options.token, options.tabStorage ?? null);
    this.#remembered = { readOnly: null, linkRole: null, token: options.token };
    this.#identity = options.identity;
    this.#url = options.url ?? syncUrlOf(window.location);
    this.pictures = new PendingPictures(
      options.boardId,
      () => this.#pass.credential,
      () => this.#refresh(),
    );
    this.versions = new VersionApi(options.boardId, () => this.#pass.credential);
    this.presence = new PresenceClient(firstPresence(options.identity));
    this.#state = this.#readState();
    this.#unobserve.push(
      this.#info.observe(() => this.#refresh()),
      this.presence.observe(() => this.#refreshPeers()),
    );
    window.addEventListener("online", this.#onOnline);
    window.addEventListener("pagehide", this.#onPageHide);
  }

  readonly #onOnline = (): void => this.reconnectNow();
  readonly #onPageHide = (): void => {
    this.#connection?.flush();
    this.presence.leave();
  };

  async #start(): Promise<void> {
    const copy = await this.#openCopy();
    if (this.#closed) {
      await copy?.close();
      return;
    }
    this.#localCopy = copy;
    // Listens before the copy is read: what another tab does meanwhile is in one of the two.
    this.#tabs = new TabChannel(this.boardId, this.doc, {
      isLocal: (origin) => !this.#isServer(origin) && (copy === null || origin !== copy),
      readUnsaved: () => copy?.unsaved ?? null,
      beforeRemoteChanges: () => this.#collectFromCanvas(),
      onUnsaved: (unsaved) => {
        // What this tab may not send it cannot have saved.
        if (this.#connection?.readOnly !== true) copy?.takeOn(unsaved);
      },
    });
    if (copy !== null) await this.#readCopy(copy);
    if (this.#closed) return;
    this.#connection = new SyncConnection({
      url: this.#url,
      boardId: this.boardId,
      credential: this.#pass.credential,
      doc: this.doc,
      presence: this.presence,
      unsaved: this.#localCopy?.unsavedSessions ?? 0,
      isOtherTab: (origin) => origin === this.#tabs,
      onChange: () => {
        this.#answerDenial();
        this.#takeGivenName();
        this.#refresh();
      },
      onNewLink: (token, session) => {
        this.#pass.moveTo(token, session);
        return this.#pass.credential;
      },
      collect: () => this.#collectFromCanvas(),
      askServer,
    });
    this.#tabs.catchUp();
    this.#refresh();
  }

  #isServer(origin: unknown): boolean {
    return this.#connection !== null && origin === this.#connection;
  }

  /** null where this browser keeps nothing: the page says so as soon as it matters. */
  async #openCopy(): Promise<LocalCopy | null> {
    try {
      return await LocalCopy.open(this.boardId, this.doc, {
        isSaved: (origin) => this.#isServer(origin),
        onChange: () => this.#refresh(),
      });
    } catch {
      return null;
    }
  }

  async #readCopy(copy: LocalCopy): Promise<void> {
    try {
      this.#remembered = await copy.load(this.#pass.token);
      await this.pictures.open(copy);
    } catch {
      this.#localCopy = null;
      await copy.close();
    }
  }

  #collectFromCanvas(): void {
    for (const listener of this.#collectListeners) listener();
  }

  get state(): SessionState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives the board another name; only for those who may edit. */
  rename(name: string): void {
    const trimmed = name.trim().slice(0, limits.boardNameLength);
    if (trimmed === "" || this.#state.role === null || !canEdit(this.#state.role)) return;
    this.#info.name = trimmed;
  }

  setIdentity(identity: Identity): void {
    this.#identity = identity;
    this.presence.update({ name: identity.name, color: identity.color, id: identity.id });
    this.#refresh();
  }

  /**
   * Calls back when what is on the canvas has to go into the document: before changes of others do,
   * before what waits is sent, and before the end.
   */
  onCollect(listener: () => void): () => void {
    this.#collectListeners.add(listener);
    return () => this.#collectListeners.delete(listener);
  }

  /** The canvas tells whether it holds changes that it has not written to the document yet. */
  setCanvasIsAhead(isAhead: boolean): void {
    this.#canvasIsAhead = isAhead;
    this.#refresh();
  }

  /** The canvas tells how many records of the board it cannot show. */
  setUnreadable(count: number): void {
    this.#unreadable = count;
    this.#refresh();
  }

  /** The canvas tells whether the board was written by a later one. */
  setBoardIsNewer(isNewer: boolean): void {
    this.#boardIsNewer = isNewer;
    this.#refresh();
  }

  reconnectNow(): void {
    this.#connection?.reconnectNow();
  }

  /** Opens a link that has a password. Rejects with `ApiError`. */
  async enterPassword(password: string): Promise<void> {
    const session = await openLinkSession(this.boardId, this.#pass.token, password);
    if (this.#closed) return;
    this.#pass.open(session, password);
    this.#connection?.reopen(this.#pass.credential);
  }

  /** A fresh signed token of the same person, before the present one ends or after. */
  renewToken(token: string): void {
    if (token === this.#pass.token) return;
    this.#pass.moveTo(token, null);
    this.#connection?.renew(token);
    this.#refresh();
  }

  #takeGivenName(): void {
    const name = this.#connection?.right?.name ?? null;
    if (name !== null && name !== this.#identity.name) {
      this.setIdentity({ ...this.#identity, name });
    }
  }

  /** A session ends before its link does; the password, if it was given here, opens another. */
  #answerDenial(): void {
    const link = this.#connection?.link;
    if (link?.kind !== "denied") return;
    if (link.reason === "TOKEN_INVALID" && this.#pass.hasSession) {
      this.#pass.dropSession();
      this.#connection?.reopen(this.#pass.credential);
      return;
    }
    const password = link.reason === "PASSWORD_REQUIRED" ? this.#pass.takePassword() : null;
    if (password !== null) void this.#reenter(password);
  }

  async #reenter(password: string): Promise<void> {
    this.#isReentering = true;
    try {
      await this.enterPassword(password);
    } catch {
      // Then the person is asked, and told what is wrong.
    }
    this.#isReentering = false;
    this.#refresh();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // The canvas may end after its session, and what is on it has to be in the document by now.
    this.#collectFromCanvas();
    this.#closed = true;
    window.removeEventListener("online", this.#onOnline);
    window.removeEventListener("pagehide", this.#onPageHide);
    for (const unobserve of this.#unobserve) unobserve();
    this.#tabs?.close();
    this.pictures.close();
    this.#connection?.close();
    await this.#localCopy?.close();
    this.#listeners.clear();
    this.doc.destroy();
  }

  #readState(): SessionState {
    const connection = this.#connection;
    const link = connection?.link ?? { kind: "connecting" as const };
    const format = this.#info.format;
    const isRefused = link.kind === "denied" && !this.#isReentering;
    const denial = denialOf(isRefused ? link.reason : null, format);
    // Before there is a connection to count them, what earlier sessions have left is unsaved still.
    const kept = connection?.unsaved ?? this.#localCopy?.unsavedSessions ?? 0;
    return {
      status: denial === null ? statusOf(link.kind) : "denied",
      denial,
      token: this.#pass.token,
      role: roleOf(connection?.readOnly ?? this.#remembered.readOnly),
      linkRole: this.#linkRole(),
      locked: connection?.right?.locked ?? false,
      hasViewLink: connection?.right?.hasViewLink ?? true,
      ready: format !== null && denial === null,
      boardIsNewer: this.#boardIsNewer,
      unreadable: this.#unreadable,
      blocked: connection?.blocked ?? null,
      unsaved: kept + (this.#canvasIsAhead ? 1 : 0) + this.pictures.count,
      notSaved: connection?.notSaved ?? null,
      keptLocally: this.#localCopy?.keeps ?? false,
      boardName: this.#info.name,
      peers: this.#peers,
      identity: this.#identity,
      nameIsGiven: (connection?.right?.name ?? null) !== null,
      nextAttemptAtMs: link.kind === "offline" ? link.nextAttemptAtMs : null,
    };
  }

  /** Never guessed from being read-only: a locked edit link would be passed on as a view link. */
  #linkRole(): LinkRole | null {
    const right = this.#connection?.right;
    if (right !== null && right !== undefined) return right.role;
    return this.#remembered.linkRole;
  }

  #refresh(): void {
    if (this.#closed) return;
    const next = this.#readState();
    this.#remember(next);
    this.pictures.setOnline(next.status === "online");
    if (isSameState(this.#state, next)) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }

  /**
   * The next session on this device starts with knowing whether this one left something behind, and
   * what the link allowed: it may be opened without the network.
   */
  #remember({ linkRole, token }: SessionState): void {
    const copy = this.#localCopy;
    if (copy === null) return;
    // Should it fail, the next session believes for a while that something is unsaved.
    if (this.#connection?.unsaved === 0) copy.forgetUnsaved().catch(() => undefined);
    const readOnly = this.#connection?.readOnly ?? this.#remembered.readOnly;
    const isSame =
      readOnly === this.#remembered.readOnly &&
      linkRole === this.#remembered.linkRole &&
      token === this.#remembered.token;
    if (isSame) return;
    this.#remembered = { readOnly, linkRole, token };
    copy.writeMemory(this.#remembered).catch(() => this.#refresh());
  }

  #refreshPeers(): void {
    const peers: Peer[] = [];
    for (const [clientId, { presence }] of this.presence.remotes) {
      const {
        cursor: _cursor,
        drawing: _drawing,
        selection: _selection,
        view: _view,
        caret: _caret,
        ...shown
      } = presence;
      peers.push({ clientId, ...shown });
    }
    peers.sort((a, b) => a.clientId - b.clientId);
    if (JSON.stringify(peers) === JSON.stringify(this.#peers)) return;
    this.#peers = peers;
    this.#refresh();
  }
}

function syncUrlOf(location: Location): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/sync`;
}

function denialOf(reason: string | null, format: number | null): DenialCode | null {
  if (reason !== null) return denialCodes.has(reason) ? (reason as DenialCode) : "TOKEN_INVALID";
  return format !== null && format > boardFormat ? "BOARD_IS_NEWER" : null;
}

/** `denied` only in passing: the link is being opened again by its password. */
function statusOf(link: LinkState["kind"]): ConnectionStatus {
  switch (link) {
    case "denied":
      return "connecting";
    case "closed":
      return "offline";
    default:
      return link;
  }
}

function firstPresence(identity: Identity): Presence {
  return {
    id: identity.id,
    name: identity.name,
    color: identity.color,
    page: "",
    cursor: null,
    drawing: null,
    selection: [],
    view: null,
    following: null,
    caret: null,
    idle: false,
    viewer: false,
  };
}

function isSameState(a: SessionState, b: SessionState): boolean {
  return (Object.keys(b) as (keyof SessionState)[]).every((key) => a[key] === b[key]);
}
