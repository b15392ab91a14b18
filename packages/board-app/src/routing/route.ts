import { isBoardId, isSignedToken, isToken } from "@boardwalk/board-model";

export type Route =
  | { readonly page: "home" }
  /** `token` is null when the address carries none, or one that was cut off. */
  | { readonly page: "board"; readonly boardId: string; readonly token: string | null }
  | { readonly page: "not-found" };

/** Which page an address means. */
export function parseRoute(location: Pick<Location, "pathname" | "hash">): Route {
  const { pathname, hash } = location;
  if (pathname === "/") return { page: "home" };
  const [, boardId] = /^\/b\/([^/]+)\/?$/.exec(pathname) ?? [];
  if (!isBoardId(boardId)) return { page: "not-found" };
  const token = hash.slice(1);
  const isWhole = isToken(token) || isSignedToken(token);
  return { page: "board", boardId, token: isWhole ? token : null };
}

/**
 * The address in the browser as a store for React. Pages are reached by ordinary links; what changes
 * without a load is only the token after the `#`.
 */
export class Router {
  readonly #listeners = new Set<() => void>();
  #route = parseRoute(window.location);

  readonly #onHashChange = (): void => {
    this.#route = parseRoute(window.location);
    for (const listener of this.#listeners) listener();
  };

  constructor() {
    window.addEventListener("hashchange", this.#onHashChange);
  }

  get route(): Route {
    return this.#route;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Completes the address of the open board by its token, so that it can be copied and sent. */
export function completeAddress(token: string): void {
  const { pathname, search } = window.location;
  window.history.replaceState(null, "", `${pathname}${search}#${token}`);
}
