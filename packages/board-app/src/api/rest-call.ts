import { errorCodes, errorResponseSchema } from "@boardwalk/board-model";
import type { z } from "zod";
import { ApiError } from "./api-error.ts";

/** How long an answer may take before the server counts as unreachable. */
const answerTimeoutMs = 15_000;
/** The same where a whole board has to be read, kept or sent. */
export const wholeBoardTimeoutMs = 120_000;
/** The same for a file of half a gigabyte over a slow line. */
const wholeFileTimeoutMs = 60 * 60_000;

export interface Answer {
  readonly status: number;
  /** Undefined where the answer has none. */
  readonly body: unknown;
}

/** One request with JSON in it, by the bearer of a token or a key, if any. Rejects with `ApiError`. */
export async function callAs(
  bearer: string | null,
  method: string,
  path: string,
  body?: unknown,
  timeoutMs = answerTimeoutMs,
): Promise<Answer> {
  return call(path, timeoutMs, {
    method,
    headers: {
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Rejects with `ApiError`. */
export async function call(path: string, timeoutMs: number, init: RequestInit): Promise<Answer> {
  const { status, body } = await exchange(path, timeoutMs, init, (response) => response.text());
  return { status, body: body === "" ? undefined : parseJson(body, status) };
}

/** One request. `read` takes the body of an answer that is no refusal. */
async function exchange<Body>(
  path: string,
  timeoutMs: number,
  init: RequestInit,
  read: (response: Response) => Promise<Body>,
): Promise<{ status: number; body: Body }> {
  let status: number;
  let raw: string;
  try {
    const response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    ({ status } = response);
    if (response.ok) return { status, body: await read(response) };
    raw = await response.text();
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError("OFFLINE", 0, "the server did not answer", cause);
  }
  throw refusalOf(status, raw);
}

/** Sends a file, and tells how much of it has been sent. Rejects with `ApiError`. */
export async function sendFile(
  bearer: string | null,
  path: string,
  file: Blob,
  onProgress: (sentBytes: number) => void,
): Promise<Answer> {
  // fetch does not tell how far it is with what it sends.
  const request = new XMLHttpRequest();
  request.open("POST", path);
  request.timeout = wholeFileTimeoutMs;
  request.setRequestHeader("content-type", "application/octet-stream");
  if (bearer !== null) request.setRequestHeader("authorization", `Bearer ${bearer}`);
  request.upload.onprogress = ({ loaded }) => onProgress(loaded);
  try {
    await new Promise<void>((resolve, reject) => {
      request.onload = () => resolve();
      request.onerror = () => reject(new Error("the connection broke off"));
      request.ontimeout = () => reject(new Error("it took too long"));
      request.send(file);
    });
  } catch (cause) {
    throw new ApiError("OFFLINE", 0, "the server did not answer", cause);
  }
  const { status, responseText } = request;
  if (status < 200 || status > 299) throw refusalOf(status, responseText);
  return { status, body: parseJson(responseText, status) };
}

/** Reads a file, and tells how much of it has come. Rejects with `ApiError`. */
export async function readFile(
  bearer: string,
  path: string,
  onProgress: (bytesSoFar: number) => void = () => {},
): Promise<Blob> {
  const init = { headers: { authorization: `Bearer ${bearer}` } };
  const { body } = await exchange(path, wholeFileTimeoutMs, init, async (response) => {
    const type = response.headers.get("content-type");
    if (type !== "application/octet-stream") throw badAnswer(response.status, type);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let bytesSoFar = 0;
    const reader = response.body?.getReader();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      chunks.push(next.value);
      bytesSoFar += next.value.length;
      onProgress(bytesSoFar);
    }
    return new Blob(chunks, { type });
  });
  return body;
}

function refusalOf(status: number, raw: string): ApiError {
  const refused = errorResponseSchema.safeParse(parseJson(raw, status));
  if (!refused.success) return badAnswer(status, refused.error);
  const code = errorCodes.find((known) => known === refused.data.error.code) ?? "INTERNAL";
  return new ApiError(code, status, refused.data.error.message);
}

function parseJson(raw: string, status: number): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch (cause) {
    throw badAnswer(status, cause);
  }
}

/** @throws ApiError `BAD_ANSWER` */
export function parse<Parsed>(schema: z.ZodType<Parsed>, answer: Answer): Parsed {
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) throw badAnswer(answer.status, parsed.error);
  return parsed.data;
}

function badAnswer(status: number, cause: unknown): ApiError {
  return new ApiError("BAD_ANSWER", status, "the answer is not from this server's API", cause);
}
