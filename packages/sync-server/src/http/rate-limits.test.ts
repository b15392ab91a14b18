import { describe, expect, it } from "vitest";
import { bearer, errorOf, startTestServer } from "../test-server.ts";
import { rateLimits } from "./rate-limits.ts";

const batchSize = 100;

/** The statuses of `count` requests, some of them at once. */
async function repeat(count: number, ask: () => Promise<Response>): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let asked = 0; asked < count; asked += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, count - asked) }, ask);
    for (const response of await Promise.all(batch)) {
      statuses.add(response.status);
      await response.arrayBuffer();
    }
  }
  return statuses;
}

describe("rate limits", () => {
  it("bound the boards that one address makes", async () => {
    const { send } = await startTestServer();
    // A request that is refused for another reason counts, and leaves the disk alone.
    const ask = () => send("POST", "/api/boards", { name: 7 });
    expect(await repeat(rateLimits.boardCreations.max, ask)).toEqual(new Set([400]));
    const refused = await ask();
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await errorOf(refused)).toEqual([429, "TOO_MANY_REQUESTS"]);
  });

  it("bound the files that one address uploads", async () => {
    const { url, createBoard } = await startTestServer();
    const { id, editToken } = await createBoard();
    const ask = () =>
      fetch(`${url}/api/boards/${id}/assets`, {
        method: "POST",
        headers: bearer(editToken),
        body: "neither a picture nor a video",
      });
    expect(await repeat(rateLimits.uploads.max, ask)).toEqual(new Set([415]));
    expect(await errorOf(await ask())).toEqual([429, "TOO_MANY_REQUESTS"]);
  });
});
