import { readFile } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { removeFolder, ServerProcess, temporaryFolder } from "../integration/server-process.ts";

const protocolUrl = new URL("../../docs/protocol.md", import.meta.url);

it("every limit is in the documentation, and has a metric from the start", async () => {
  const text = await readFile(protocolUrl, "utf8");
  const [, table = ""] = /^\| Limit .*\n.*\n([^]*?)\n\n/m.exec(text) ?? [];
  const documented = table.split("\n").map((row) => /^\| `(\w+)`/.exec(row)?.[1]);

  const dataDir = await temporaryFolder();
  const server = await ServerProcess.start({ dataDir });
  onTestFinished(async () => {
    await server.kill();
    await removeFolder(dataDir);
  });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counted = metrics.matchAll(/^boardwalk_limit_refusals_total\{limit="(\w+)"\} 0$/gm);
  const names = Array.from(counted, ([, name]) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(new Set(documented)).toEqual(new Set(names));
});
