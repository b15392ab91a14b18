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

  it("bound the bytes that one address uploads, also at once, and name themselves", async () => {
    const { url, get, createBoard } = await startTestServer({
      MAX_UPLOAD_MB_PER_HOUR: "2",
      TRUSTED_PROXY_HOPS: "1",
    });
    const { id, editToken } = await createBoard();
    const gif = Buffer.from("R0lGODlhAQABAAAAACwAAAAAAQABAAA=", "base64");
    let made = 0;
    /** A file of its own of 0.9 MB: after its end a GIF may have anything. */
    const ask = async (address: string, start: Uint8Array = gif) => {
      const response = await fetch(`${url}/api/boards/${id}/assets`, {
        method: "POST",
        headers: { ...bearer(editToken), "x-forwarded-for": address },
        body: Buffer.concat([start, Buffer.alloc(900_000, ++made)]),
      });
      const { status, headers } = response;
      return { status, retryAfter: headers.get("retry-after"), body: await response.json() };
    };
    // What is refused for another reason has taken no room.
    expect((await ask("192.0.2.1", Buffer.from("no picture"))).status).toBe(415);
    const responses = await Promise.all(Array.from({ length: 8 }, () => ask("192.0.2.1")));
    const statuses = responses.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([201, 201, 201, 429, 429, 429, 429, 429]);
    const refused = await ask("192.0.2.1");
    expect(Number(refused.retryAfter)).toBeGreaterThan(0);
    expect(refused.body).toMatchObject({
      error: { code: "TOO_MANY_REQUESTS", limit: "UPLOADED_BYTES" },
    });
    expect((await ask("192.0.2.2")).status).toBe(201);
    const metrics = await (await get("/metrics")).text();
    expect(metrics).toContain('boardwalk_limit_refusals_total{limit="UPLOADED_BYTES"} 6');
  });
});
