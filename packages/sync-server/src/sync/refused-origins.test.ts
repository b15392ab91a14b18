import type { IncomingMessage } from "node:http";
import { pino } from "pino";
import { expect, it } from "vitest";
import { RefusedOrigins } from "./refused-origins.ts";

it("pages of other origins are logged with what to do, once a minute", () => {
  const lines: { msg: string; othersSinceLastLine: number }[] = [];
  const logger = pino({}, { write: (line) => lines.push(JSON.parse(line) as (typeof lines)[0]) });
  let nowMs = 0;
  const refused = new RefusedOrigins(logger, () => nowMs);
  const request = { headers: { origin: "https://board.example.org", host: "10.0.0.7:8080" } };
  const note = (): void => refused.note(request as unknown as IncomingMessage);
  for (let count = 0; count < 1_000; count++) note();
  expect(lines).toHaveLength(1);
  expect(lines[0]?.msg).toContain("https://board.example.org");
  expect(lines[0]?.msg).toContain("set PUBLIC_URL");
  nowMs = 60_000;
  note();
  expect(lines[1]).toMatchObject({ othersSinceLastLine: 999 });
  nowMs = 120_000;
  refused.note({ headers: { origin: "x".repeat(16_000) } } as unknown as IncomingMessage);
  expect(JSON.stringify(lines[2]).length).toBeLessThan(1_000);
});
