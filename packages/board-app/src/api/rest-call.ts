import { errorCodes, errorResponseSchema } from "@boardwalk/board-model";
import type { z } from "zod";
import { ApiError } from "./api-error.ts";

/** How long an answer may take before the server counts as unreachable. */
const answerTimeoutMs = 15_000;

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
): Promise<Answer> {
  return call(path, answerTimeoutMs, {
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
  let response: Response;
  let raw: string;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    raw = await response.text();
  } catch (cause) {
    throw new ApiError("OFFLINE", 0, "the server did not answer", cause);
  }
  const { ok, status } = response;
  const body = ok && raw === "" ? undefined : parseJson(raw, status);
  if (ok) return { status, body };
  const refused = errorResponseSchema.safeParse(body);
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
