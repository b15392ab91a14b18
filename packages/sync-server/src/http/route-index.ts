import type { RouteOptions } from "fastify";

/** Which methods each address of the API answers, to tell a wrong method from a wrong address. */
export class RouteIndex {
  readonly #routes: { readonly pattern: RegExp; readonly methods: Set<string> }[] = [];

  add({ url, method }: Pick<RouteOptions, "url" | "method">): void {
    if (url.includes("*")) return;
    const source = url.replace(/[.]/g, "\\.").replace(/:[A-Za-z0-9]+/g, "[^/]+");
    this.#routes.push({ pattern: new RegExp(`^${source}$`), methods: new Set([method].flat()) });
  }

  /** Sorted; empty when nothing is at this address. */
  methodsAt(path: string): string[] {
    const matching = this.#routes.filter((route) => route.pattern.test(path));
    return [...new Set(matching.flatMap((route) => [...route.methods]))].toSorted();
  }
}
