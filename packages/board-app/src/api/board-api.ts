import {
  createdBoardSchema,
  errorCodes,
  errorResponseSchema,
  type CreatedBoard,
} from "@boardwalk/board-model";
import { z } from "zod";
import { ApiError } from "./api-error.ts";

/** How long an answer may take before the server counts as unreachable. */
const answerTimeoutMs = 15_000;
/** The settings only polish the canvas: a board kept on this device must not wait long for them. */
const configTimeoutMs = 3_000;

const configSchema = z.object({ tldrawLicenseKey: z.string().nullish() });
export type PageConfig = z.infer<typeof configSchema>;

/** Makes a board with the server's default name. Rejects with `ApiError`. */
export async function createBoard(): Promise<CreatedBoard> {
  const answer = await call("/api/boards", answerTimeoutMs, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  return parse(createdBoardSchema, answer);
}

/** What the operator has set for the page. Rejects with `ApiError`. */
export async function getConfig(): Promise<PageConfig> {
  return parse(configSchema, await call("/api/config", configTimeoutMs, {}));
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(path: string, timeoutMs: number, init: RequestInit): Promise<Answer> {
  let response: Response;
  let raw: string;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    raw = await response.text();
  } catch (cause) {
    throw new ApiError("OFFLINE", 0, "the server did not answer", cause);
  }
  const body = parseJson(raw, response.status);
  if (response.ok) return { status: response.status, body };
  const refused = errorResponseSchema.safeParse(body);
  if (!refused.success) throw badAnswer(response.status, refused.error);
  const code = errorCodes.find((known) => known === refused.data.error.code) ?? "INTERNAL";
  throw new ApiError(code, response.status, refused.data.error.message);
}

function parseJson(raw: string, status: number): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch (cause) {
    throw badAnswer(status, cause);
  }
}

function parse<Parsed>(schema: z.ZodType<Parsed>, answer: Answer): Parsed {
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) throw badAnswer(answer.status, parsed.error);
  return parsed.data;
}

function badAnswer(status: number, cause: unknown): ApiError {
  return new ApiError("BAD_ANSWER", status, "the answer is not from this server's API", cause);
}
