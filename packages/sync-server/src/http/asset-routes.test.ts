import { limits } from "@boardwalk/board-model";
import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { newBoardId, newToken } from "../boards/secret.ts";
import { bearer, errorOf, startTestServer } from "../test-server.ts";
import type { TestServer } from "../test-server.ts";

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
const mp4 = Buffer.concat([
  Buffer.from([0, 0, 0, 20]),
  Buffer.from("ftypisom\x00\x00\x02\x00mp41"),
  Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251)),
]);
/** Grows a picture beyond any limit without making it less of a PNG. */
const paddingBytes = 1024 * 1024;

async function startWithBoard() {
  const server = await startTestServer();
  const board = await server.createBoard();
  const path = `/api/boards/${board.id}/assets`;
  const upload = (
    body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
    token: string = board.editToken,
    type = "image/png",
  ) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": type, ...bearer(token) },
      body,
      duplex: "half",
    });
  return { ...server, board, path, upload };
}

async function filesOf({ dataDir }: Pick<TestServer, "dataDir">): Promise<string[]> {
  const entries = await readdir(`${dataDir}/assets`, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

function stream(bytes: number, pauseBetween: () => Promise<void> = async () => {}) {
  let left = bytes;
  let chunk = png;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      await pauseBetween();
      controller.enqueue(chunk);
      left -= chunk.length;
      chunk = Buffer.alloc(paddingBytes);
      if (left <= 0) controller.close();
    },
  });
}

describe("POST /api/boards/:id/assets", () => {
  it("reads the rest of a large file that it refuses: its connection serves the next request", async () => {
    const { url, path, board } = await startWithBoard();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const statusOf = async (method: string, to: string, body?: Uint8Array): Promise<number> => {
      const asked = request(url + to, { method, agent, headers: bearer(board.editToken) });
      asked.end(body);
      const [response] = (await once(asked, "response")) as [IncomingMessage];
      await response.resume().toArray();
      return response.statusCode ?? 0;
    };
    const large = Buffer.alloc(5 * paddingBytes, "no picture");
    expect(await statusOf("POST", path, large)).toBe(415);
    expect(await statusOf("GET", `/api/boards/${board.id}`)).toBe(200);
  });

  it.each([
    ["image/png", png],
    ["image/svg+xml", svg],
    ["video/mp4", mp4],
  ])("stores %s by its hash and serves the same bytes", async (mimeType, bytes) => {
    const { get, path, upload } = await startWithBoard();
    const response = await upload(bytes, undefined, "text/html");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(response.status).toBe(201);
    const asset = { sha256, url: `${path}/${sha256}`, mimeType, bytes: bytes.length };
    expect(await response.json()).toEqual(asset);
    const served = await get(asset.url);
    expect(served.headers.get("content-type")).toBe(mimeType);
    expect(served.headers.get("content-length")).toBe(String(bytes.length));
    expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it("stores the same file once", async () => {
    const server = await startWithBoard();
    const first = await (await server.upload(png)).json();
    const second = await (await server.upload(png)).json();
    expect(second).toEqual(first);
    expect(await filesOf(server)).toHaveLength(1);
  });

  it("takes a file in many small pieces", async () => {
    const { upload } = await startWithBoard();
    const pieces = Array.from(svg, (byte) => Uint8Array.of(byte));
    const response = await upload(ReadableStream.from(pieces));
    expect(await response.json()).toMatchObject({ mimeType: "image/svg+xml", bytes: svg.length });
  });

  it("takes a file of exactly the largest size", async () => {
    const { upload } = await startWithBoard();
    const bytes = Buffer.concat([png, Buffer.alloc(limits.assetBytes - png.length)]);
    expect((await upload(bytes)).status).toBe(201);
  });

  it("refuses a file that says it is too large, and one that turns out to be", async () => {
    const server = await startWithBoard();
    const announced = Buffer.concat([png, Buffer.alloc(limits.assetBytes)]);
    expect(await errorOf(await server.upload(announced))).toEqual([413, "ASSET_TOO_LARGE"]);
    const streamed = await server.upload(stream(limits.assetBytes + paddingBytes));
    expect(await errorOf(streamed)).toEqual([413, "ASSET_TOO_LARGE"]);
    expect(await filesOf(server)).toEqual([]);
  });

  it.each([
    ["text", Buffer.from("hello")],
    ["HTML", Buffer.from("<!doctype html><script>alert(1)</script>")],
    ["an SVG inside HTML", Buffer.from(`<html>${svg.toString()}</html>`)],
    ["nothing", Buffer.alloc(0)],
    ["a large file of no known type", Buffer.alloc(5_000_000, "a")],
  ])("refuses %s, whatever its content type says", async (_what, bytes) => {
    const server = await startWithBoard();
    expect(await errorOf(await server.upload(bytes))).toEqual([415, "ASSET_TYPE"]);
    expect(await filesOf(server)).toEqual([]);
  });

  it("wants a body", async () => {
    const { url, path, board } = await startWithBoard();
    const response = await fetch(url + path, { method: "POST", headers: bearer(board.editToken) });
    expect(await errorOf(response)).toEqual([400, "BAD_REQUEST"]);
  });

  it("takes files only from whoever may edit", async () => {
    const server = await startWithBoard();
    const { board, upload, url } = server;
    expect((await upload(png, board.ownerKey)).status).toBe(201);
    const kept = await filesOf(server);
    expect(await errorOf(await upload(svg, board.viewToken))).toEqual([403, "NOT_ALLOWED"]);
    expect(await errorOf(await upload(svg, newToken()))).toEqual([401, "TOKEN_INVALID"]);
    const elsewhere = await fetch(`${url}/api/boards/${newBoardId()}/assets`, {
      method: "POST",
      body: svg,
      headers: bearer(board.editToken),
    });
    expect(await errorOf(elsewhere)).toEqual([404, "BOARD_NOT_FOUND"]);
    expect(await filesOf(server)).toEqual(kept);
  });

  it("keeps nothing of an upload whose sender leaves", async () => {
    const server = await startWithBoard();
    const upload = request(server.url + server.path, {
      method: "POST",
      headers: { ...bearer(server.board.editToken), "content-length": 1_000_000 },
    });
    upload.on("error", () => {});
    upload.write(png);
    upload.write(Buffer.alloc(500_000));
    // The file has been begun, so there is something to clean up.
    await expect.poll(() => filesOf(server)).toHaveLength(1);
    upload.destroy();
    await expect.poll(() => filesOf(server)).toEqual([]);
    expect((await server.upload(png)).status).toBe(201);
  });
});

describe("GET /api/boards/:id/assets/:sha256", () => {
  async function startWithAsset(bytes: Uint8Array<ArrayBuffer> = mp4) {
    const server = await startWithBoard();
    const { url } = (await (await server.upload(bytes)).json()) as { url: string };
    return { ...server, asset: url };
  }

  it("locks down what it serves", async () => {
    const { get, asset } = await startWithAsset(svg);
    const { headers } = await get(asset);
    const policy = headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("sandbox");
    expect(policy).not.toContain("script-src");
    expect(policy).not.toContain("allow-");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("content-disposition")).toBe("inline");
    expect(headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
  });

  it.each([
    ["bytes=0-9", 0, 10],
    ["bytes=299990-", 299_990, mp4.length],
    ["bytes=-5", mp4.length - 5, mp4.length],
    ["bytes=65530-131080", 65_530, 131_081],
  ])("serves %s", async (range, from, to) => {
    const { get, asset } = await startWithAsset();
    const response = await get(asset, { range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${mp4.length}`);
    expect(response.headers.get("content-length")).toBe(String(to - from));
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.equals(mp4.subarray(from, to))).toBe(true);
  });

  it("serves no part of a damaged file, until that is uploaded anew", async () => {
    const server = await startWithAsset();
    const { get, asset, dataDir } = server;
    const [sha256 = ""] = await filesOf(server);
    const damaged = Buffer.from(mp4);
    damaged.writeUInt8(1, mp4.length - 1);
    await writeFile(`${dataDir}/assets/${sha256.slice(0, 2)}/${sha256}`, damaged);
    for (const range of ["bytes=0-9", "bytes=299990-299999", "bytes=-5"]) {
      const response = await get(asset, { range });
      expect([range, await errorOf(response)]).toEqual([range, [503, "STORE_UNAVAILABLE"]]);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    const large = await get(asset, { range: "bytes=0-200000" });
    await expect(large.arrayBuffer()).rejects.toThrow("terminated");
    expect((await server.upload(mp4)).status).toBe(201);
    for (const [first, last] of [
      [0, 9],
      [65_530, 131_080],
    ] as const) {
      // Read to its end for the first, and no more for the second.
      const response = await get(asset, { range: `bytes=${first}-${last}` });
      const body = Buffer.from(await response.arrayBuffer());
      expect(body.equals(mp4.subarray(first, last + 1))).toBe(true);
    }
  });

  it("serves all for a range of another version, and none beyond the end", async () => {
    const { get, asset } = await startWithAsset();
    const other = await get(asset, { range: "bytes=0-9", "if-range": '"other"' });
    expect(other.status).toBe(200);
    expect((await other.arrayBuffer()).byteLength).toBe(mp4.length);
    const beyond = await get(asset, { range: `bytes=${mp4.length}-` });
    expect(beyond.headers.get("content-range")).toBe(`bytes */${mp4.length}`);
    expect(await errorOf(beyond)).toEqual([416, "BAD_REQUEST"]);
  });

  it("says when the browser has it already", async () => {
    const { get, asset } = await startWithAsset();
    const etag = (await get(asset)).headers.get("etag") ?? "";
    const again = await get(asset, { "if-none-match": etag });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe("");
  });

  it("answers HEAD with the same headers and no body", async () => {
    const { url, asset } = await startWithAsset();
    const response = await fetch(url + asset, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String(mp4.length));
    expect(await response.text()).toBe("");
  });

  it("serves a file on the board it was uploaded to only", async () => {
    const { get, createBoard, asset, path } = await startWithAsset(png);
    const other = await createBoard();
    const sha256 = asset.slice(path.length + 1);
    for (const address of [
      `/api/boards/${other.id}/assets/${sha256}`,
      `/api/boards/${newBoardId()}/assets/${sha256}`,
      `${path}/${"0".repeat(64)}`,
      `${path}/${sha256.toUpperCase()}`,
      `${path}/..%2f..%2fformat.json`,
    ]) {
      expect(await errorOf(await get(address))).toEqual([404, "ASSET_NOT_FOUND"]);
    }
  });
});
