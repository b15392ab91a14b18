import { afterEach, beforeEach } from "vitest";
import * as Y from "yjs";
import type { StoreLimits } from "../limits.ts";
import type { StoreLogger } from "../store-logger.ts";
import type { Store } from "../store.ts";
import type { StoredDocument } from "../stored-document.ts";

/** Opens a store on one home, which keeps its content while no store is open. */
export type OpenHome = (options: {
  logger: StoreLogger;
  limits: Partial<StoreLimits>;
}) => Promise<Store>;

/** The stores of one test, on a home that was empty when it began. */
export type ContractStores = {
  /** Messages the stores logged as errors. */
  readonly errors: readonly string[];
  /** Closed after the test at the latest. */
  open(limits?: Partial<StoreLimits>): Promise<Store>;
};

/** Prepares a home before each test around the call, and closes its stores after. */
export function storesOn(newHome: () => Promise<OpenHome>): ContractStores {
  let home: OpenHome | null = null;
  let errors: string[] = [];
  let opened: Store[] = [];
  const logger: StoreLogger = {
    info: () => {},
    warn: () => {},
    error: (_details, message) => void errors.push(message),
  };
  beforeEach(async () => {
    home = await newHome();
    errors = [];
    opened = [];
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
  });
  return {
    get errors() {
      return errors;
    },
    async open(limits = {}) {
      if (home === null) throw new Error("There is a home during a test only");
      const store = await home({ logger, limits });
      opened.push(store);
      return store;
    },
  };
}

/** The Yjs document that a stored document stands for. */
export function replay(stored: StoredDocument | null): Y.Doc {
  const document = new Y.Doc();
  if (stored?.snapshot) Y.applyUpdate(document, stored.snapshot);
  for (const update of stored?.updates ?? []) Y.applyUpdate(document, update);
  return document;
}

/** A Yjs document whose every change is appended to `name`. */
export function recorded(
  store: Store,
  name: string,
): { document: Y.Doc; saved: () => Promise<unknown> } {
  const document = new Y.Doc();
  const appends: Promise<void>[] = [];
  document.on("update", (update) => appends.push(store.updates.append(name, update)));
  return { document, saved: () => Promise.all(appends) };
}
