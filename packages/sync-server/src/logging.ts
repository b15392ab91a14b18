import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import { z } from "zod";
import type { Config } from "./config.ts";

/**
 * `json`: one object a line, for log collectors. `plain`: sentences, for a person at a terminal.
 */
export type LogStyle = "json" | "plain";

const redactedPaths = [
  "authorization",
  "token",
  "password",
  "session",
  "*.authorization",
  "*.token",
  "*.password",
  "*.session",
  "*.*.authorization",
];

/** The part of an address that may be logged: a query may carry the token of a link. */
export function loggablePath(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

const requestSchema = z.object({ method: z.string(), url: z.string() });

function describeRequest(request: unknown): object {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) return {};
  return { method: parsed.data.method, path: loggablePath(parsed.data.url) };
}
/**
 * The server's log, written to `output` line by line and at once: when the process ends, however it
 * ends, the last line is out.
 */
export function createLogger(
  level: Config["logLevel"],
  style: LogStyle,
  output: DestinationStream,
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: "[hidden]" },
      serializers: { err: pino.stdSerializers.err, req: describeRequest },
    },
    style === "json" ? output : { write: (line) => output.write(plainLine(line)) },
  );
}

const lineSchema = z.object({
  level: z.string(),
  msg: z.string().optional(),
  err: z.object({ stack: z.string() }).optional(),
});

/** The message alone, with the level where it matters and the stack of an error below. */
function plainLine(json: string): string {
  const parsed = lineSchema.safeParse(JSON.parse(json));
  if (!parsed.success) return json;
  const { level, msg, err } = parsed.data;
  const prefix = level === "info" ? "" : `${level}: `;
  const stack = err === undefined ? "" : `\n${err.stack}`;
  return `${prefix}${msg ?? ""}${stack}\n`;
}
