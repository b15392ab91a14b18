import type { Random } from "../integration/random.ts";
import { mutated } from "./mutations.ts";

type RecordedRequest = {
  readonly method: string;
  /** Without the query, from the first slash on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const strangeValues: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  "",
  "\u0000\u202e\ud800",
  "x".repeat(5_000),
  "2026-99-99T00:00:00Z",
  "owner",
  [],
  [[[]]],
  {},
  { __proto__: null, constructor: 1 },
];

/** What pages and scripts really ask. */
export function recordedRequests(
  boardId: string,
  token: string,
  random: Random,
): RecordedRequest[] {
  const path = `/api/boards/${boardId}`;
  const common = {
    authorization: `Bearer ${token}`,
    // Each from elsewhere: what one address may ask soon comes to an end.
    "x-forwarded-for": `198.51.${random.below(256)}.${random.below(256)}`,
  };
  const ask = (method: string, address: string, type?: string, body = ""): RecordedRequest => ({
    method,
    path: address,
    headers: type === undefined ? common : { ...common, "content-type": type },
    body: Buffer.from(body, "latin1"),
  });
  const json = (method: string, address: string, body: unknown) =>
    ask(method, address, "application/json", JSON.stringify(body));
  const multipart =
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\u0089PNG\r\n\r\n--x--\r\n';
  const link = { role: "edit", name: "Class", expiresAt: null, password: "secret1" };
  return [
    ask("GET", path),
    ask("GET", `${path}/links`),
    ask("GET", `${path}/people`),
    ask("GET", `${path}/versions`),
    ask("GET", `${path}/archive`),
    ask("GET", `${path}/assets/${"a".repeat(64)}`),
    ask("GET", "/api/openapi.json"),
    ask("GET", "/api/config"),
    ask("GET", "/metrics"),
    ask("GET", `/b/${boardId}`),
    json("POST", "/api/boards", { name: "Plan" }),
    ask("POST", "/api/boards/import", "application/octet-stream", "boardwalk"),
    json("PATCH", path, { name: "Mine", locked: true }),
    json("POST", `${path}/links`, link),
    json("PATCH", `${path}/links/edit`, { role: "view", name: "Mine", expiresAt: null }),
    json("POST", `${path}/sessions`, { password: "secret1" }),
    json("POST", `${path}/versions`, { name: "v1", kind: "named" }),
    ask("DELETE", `${path}/links/edit`),
    ask("DELETE", path),
    ask("POST", `${path}/assets`, "image/png", "\u0089PNG\r\n\u001a\n not a picture"),
    ask("POST", `${path}/assets`, "multipart/form-data; boundary=x", multipart),
    {
      ...ask("GET", `/yjs/${boardId}`),
      headers: {
        ...common,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      },
    },
  ];
}

/** One of the requests, and wrong: mostly HTTP still, so that it gets as far as what it asks for. */
export function mutatedRequest(random: Random, requests: readonly RecordedRequest[]): Uint8Array {
  const request = pick(random, requests);
  const others = requests.map(encodeRequest);
  switch (random.below(6)) {
    case 0:
      return mutated(random, encodeRequest(request), others);
    case 1: {
      const parts = request.path.split("/");
      const at = 1 + random.below(parts.length - 1);
      const text = Buffer.from(parts[at] ?? "");
      const wrong = mutated(random, text, [text, Buffer.from(pick(random, requests).path)]);
      parts[at] = encodeURIComponent(Buffer.from(wrong).toString("latin1"));
      return encodeRequest({ ...request, path: parts.join("/") });
    }
    case 2: {
      const [name, value] = pick(random, Object.entries(request.headers));
      const text = Buffer.from(value);
      const wrong = Buffer.from(mutated(random, text, [text])).toString("latin1");
      // What no header may hold would be refused before anyone has read it.
      const headers = { ...request.headers, [name]: wrong.replaceAll(/[^\x20-\x7e]/g, "?") };
      return encodeRequest({ ...request, headers });
    }
    case 3:
      return encodeRequest({ ...request, method: pick(random, methods) });
    default:
      return encodeRequest(mutatedBody(random, pick(random, requests.filter(hasBody))));
  }
}

/** JSON with a strange value in it, mostly; the bytes, else. */
function mutatedBody(random: Random, request: RecordedRequest): RecordedRequest {
  if (request.headers["content-type"] !== "application/json" || random.below(4) === 0) {
    return { ...request, body: mutated(random, request.body, [request.body]) };
  }
  const value = JSON.parse(Buffer.from(request.body).toString()) as Record<string, unknown>;
  const name = pick(random, [...Object.keys(value), "other", "__proto__"]);
  const wrong = Object.fromEntries([...Object.entries(value), [name, pick(random, strangeValues)]]);
  const whole = random.below(8) === 0 ? pick(random, strangeValues) : wrong;
  return { ...request, body: Buffer.from(JSON.stringify(whole)) };
}

function hasBody({ body }: RecordedRequest): boolean {
  return body.length > 0;
}

function pick<T>(random: Random, all: readonly T[]): T {
  const one = all[random.below(all.length)];
  if (one === undefined) throw new RangeError("Nothing to choose from");
  return one;
}

function encodeRequest({ method, path, headers, body }: RecordedRequest): Uint8Array {
  const lines = Object.entries({ host: "localhost", connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = body.length === 0 ? "" : `content-length: ${body.length}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}
