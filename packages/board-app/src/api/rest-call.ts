import { errorCodes, errorResponseSchema } from "@boardwalk/board-model";
import type { z } from "zod";
import { ApiError } from "./api-error.ts";

/** How long an answer may take before the server counts as unreachable. */
const answerTimeoutMs = 15_000;
/** The same where a whole board has to be read, kept or sent. */
export const wholeBoardTimeoutMs = 120_000;

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

/** What is not JSON, by the bearer of a token or a key. Rejects with `ApiError`. */
export async function readBytes(bearer: string, path: string): Promise<Uint8Array> {
  const init = { headers: { authorization: `Bearer ${bearer}` } };
  const { body } = await exchange(path, wholeBoardTimeoutMs, init, async (response) => {
    const type = response.headers.get("content-type");
    if (type !== "application/octet-stream") throw badAnswer(response.status, type);
    return new Uint8Array(await response.arrayBuffer());
  });
  return body;
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
  const refused = errorResponseSchema.safeParse(parseJson(raw, status));
  if (!refused.success) throw badAnswer(status, refused.error);
  const code = errorCodes.find((known) => known === refused.data.error.code) ?? "INTERNAL";
  throw new ApiError(code, status, refused.data.error.message);
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
