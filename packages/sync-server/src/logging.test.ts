import { describe, expect, it } from "vitest";
import { createLogger, loggablePath } from "./logging.ts";
import type { LogStyle } from "./logging.ts";

function createTestLogger(style: LogStyle) {
  const lines: string[] = [];
  const logger = createLogger("info", style, { write: (line) => lines.push(line) });
  return { logger, lines };
}

describe("the log", () => {
  it("is one JSON object a line for programs", () => {
    const { logger, lines } = createTestLogger("json");
    logger.info({ board: "b" }, "opened");
    logger.debug("left out");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "info", board: "b", msg: "opened" });
  });

  it("is sentences for a person", () => {
    const { logger, lines } = createTestLogger("plain");
    logger.info("Boardwalk is ready");
    logger.warn({ board: "b" }, "slow");
    logger.error({ err: new Error("full") }, "not saved");
    expect(lines.slice(0, 2)).toEqual(["Boardwalk is ready\n", "warn: slow\n"]);
    expect(lines[2]).toMatch(/^error: not saved\nError: full\n +at /);
  });

  it("hides tokens wherever they are likely to be", () => {
    const { logger, lines } = createTestLogger("json");
    const token = "s3cret";
    const headers = { authorization: `Bearer ${token}` };
    const req = { method: "GET", url: `/yjs/abc?token=${token}`, headers };
    logger.info({ token, req, headers, auth: { token }, request: { headers } }, "hello");
    expect(lines.join("")).not.toContain(token);
    expect(lines.join("")).toContain('"path":"/yjs/abc"');
  });
});

describe("loggablePath", () => {
  it.each([
    ["/yjs/abc?token=1", "/yjs/abc"],
    ["/b/abc#token", "/b/abc"],
    ["/b/abc", "/b/abc"],
    ["/?", "/"],
  ])("leaves of %s only %s", (url, path) => {
    expect(loggablePath(url)).toBe(path);
  });
});
