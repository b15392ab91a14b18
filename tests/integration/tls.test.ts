import { createLogger, parseConfig, startServer } from "@boardwalk/sync-server";
import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { once } from "node:events";
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { makeCertificate, type Certificate } from "./certificate.ts";
import { editLink, RawClient } from "./raw-client.ts";
import { removeFolder, ServerProcess, temporaryFolder } from "./server-process.ts";

let folder = "";
let certificate: Certificate;
let renewed: Certificate;
let expired: Certificate;

beforeAll(async () => {
  folder = await temporaryFolder();
  [certificate, renewed, expired] = await Promise.all([
    makeCertificate(folder),
    makeCertificate(folder, { name: "renewed" }),
    makeCertificate(folder, { name: "expired", expiresInDays: -1 }),
  ]);
  await writeFile(join(folder, "words.pem"), "just some words");
  setDefaultCACertificates([certificate.cert, renewed.cert]);
  return () => removeFolder(folder);
});

function settingsOf({ certPath, keyPath }: Pick<Certificate, "certPath" | "keyPath">) {
  return { TLS_CERT: certPath, TLS_KEY: keyPath };
}

/** The serial number of the certificate that is shown to a new connection. */
async function shownBy(url: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

describe("with TLS_CERT and TLS_KEY", () => {
  it("everything is served by https and wss, and nothing by http", async () => {
    const dataDir = await temporaryFolder();
    const server = await ServerProcess.start({ dataDir, env: settingsOf(certificate) });
    onTestFinished(async () => {
      await server.kill();
      await removeFolder(dataDir);
    });
    expect(server.url).toMatch(/^https:/);
    const board = await server.createBoard("Locked up");
    expect(board.editUrl.startsWith(`${server.url}/b/`)).toBe(true);

    const health = await fetch(`${server.url}/health`);
    expect(health.headers.get("strict-transport-security")).toMatch(/^max-age=\d{7,}$/);
    const one = await RawClient.join(server.url, editLink(board));
    const other = await RawClient.joinPlain(server.url, editLink(board));
    one.change((document) => document.getMap("records").set("over", "wss"));
    expect(await one.answered(1)).toBe(true);
    await other.until(() => other.document.getMap("records").get("over") === "wss");
    expect(await server.metric("boardwalk_tls_certificate_expires_seconds")).toBeGreaterThan(
      Date.now() / 1000,
    );

    // A browser would speak HTTP/2 where it is offered, over which these WebSockets do not go.
    const socket: TLSSocket = connect({
      host: "127.0.0.1",
      port: server.port,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe("http/1.1");
    socket.destroy();
    await expect(fetch(server.url.replace("https:", "http:"))).rejects.toThrow("fetch failed");

    // Someone who says nothing keeps nobody waiting.
    const silent = connectTcp(server.port, "127.0.0.1");
    await once(silent, "connect");
    silent.on("error", () => undefined);
    await Promise.all([one.close(), other.close()]);
    expect(await server.stop()).toBe(0);
    expect(server.output).not.toContain("did not close in time");
  });

  it.each([
    [
      "a certificate that is not there",
      () => ({ certPath: join(folder, "none.pem"), keyPath: certificate.keyPath }),
      /TLS_CERT names .*none\.pem, which cannot be read/,
    ],
    [
      "a key that is not there",
      () => ({ certPath: certificate.certPath, keyPath: join(folder, "none.pem") }),
      /TLS_KEY names .*none\.pem, which cannot be read/,
    ],
    [
      "a certificate that is none",
      () => ({ certPath: join(folder, "words.pem"), keyPath: certificate.keyPath }),
      /TLS_CERT names .*words\.pem, which is not a certificate/,
    ],
    [
      "a key that is none",
      () => ({ certPath: certificate.certPath, keyPath: certificate.certPath }),
      /TLS_KEY names .*board\.cert\.pem, which is not a private key/,
    ],
    [
      "the key of another",
      () => ({ certPath: certificate.certPath, keyPath: renewed.keyPath }),
      /TLS_CERT and TLS_KEY are not a pair/,
    ],
    [
      "a certificate that has expired",
      () => expired,
      /the certificate in .*expired\.cert\.pem, which TLS_CERT names, expired on /,
    ],
  ])("says in one line that it cannot start with %s", async (_what, files, reason) => {
    const complaint = await complaintOf(settingsOf(files()));
    expect(complaint).toMatch(reason);
    expect(complaint).toMatch(/^Boardwalk cannot start: /);
    expect(complaint.trim().split("\n")).toHaveLength(1);
  });
});

describe("a certificate that is renewed", () => {
  afterEach(() => void vi.useRealTimers());

  it("is shown to who comes from then on, without a restart", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const own = await temporaryFolder();
    const files = { certPath: join(own, "cert.pem"), keyPath: join(own, "key.pem") };
    await copyFile(certificate.certPath, files.certPath);
    await copyFile(certificate.keyPath, files.keyPath);
    const parsed = parseConfig({
      PORT: "0",
      HOST: "127.0.0.1",
      DATA_DIR: join(own, "data"),
      ...settingsOf(files),
    });
    if (!parsed.ok) throw new Error(parsed.faults.join());
    let log = "";
    const logger = createLogger("info", "json", { write: (line) => (log += line) });
    const server = await startServer(parsed.config, logger);
    onTestFinished(async () => {
      await server.close(5_000);
      await removeFolder(own);
    });
    const reports = () => log.match(/"level":"error"/g)?.length ?? 0;
    expect(await shownBy(server.url)).toBe(certificate.serialNumber);
    const open = connect({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
    await once(open, "secureConnect");

    // Half of it: said once, however often it is looked at.
    await copyFile(renewed.certPath, files.certPath);
    await vi.advanceTimersByTimeAsync(60_000);
    await expect.poll(() => log).toContain("are not a pair");
    await vi.advanceTimersByTimeAsync(180_000);
    expect(await shownBy(server.url)).toBe(certificate.serialNumber);

    await copyFile(renewed.keyPath, files.keyPath);
    await vi.advanceTimersByTimeAsync(60_000);
    await expect.poll(() => shownBy(server.url)).toBe(renewed.serialNumber);
    expect(reports()).toBe(1);
    expect(log).toContain("the certificate was renewed");
    // Who was in stays in.
    open.write("GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const [answer] = (await once(open, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);
    open.destroy();
  });
});

async function complaintOf(env: Record<string, string>): Promise<string> {
  const main = new URL("../../packages/sync-server/src/main.ts", import.meta.url).pathname;
  const run = promisify(execFile)(process.execPath, [main], {
    env: { ...process.env, PORT: "0", HOST: "127.0.0.1", DATA_DIR: join(folder, "data"), ...env },
  });
  const failure = (await run.then(
    () => Promise.reject(new Error("It started.")),
    (error: unknown) => error,
  )) as { code: number; stderr: string };
  expect(failure.code).toBe(1);
  return failure.stderr;
}
