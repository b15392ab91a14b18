import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { environmentOfMachine, repositoryPath, run } from "./processes.mjs";
import { runStep, SetupError, step } from "./steps.mjs";

const oldestNodeForInstall = 20;
const oldestNodeForServer = 24;
const offlineSigns = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/;

/**
 * Installs the packages where they are missing or not those of package-lock.json.
 *
 * @returns {Promise<string>} path of the Node that runs Boardwalk
 */
export async function ensurePackages() {
  requireNode();
  const state = installedState();
  if (state !== "current") {
    const reason = state === "missing" ? "first run, about a minute" : "package-lock.json changed";
    await step(`Installing packages (${reason})`, () =>
      // Dev dependencies bring Node, Vite and turbo: they are needed under NODE_ENV=production too.
      runStep("npm", ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
        env: environmentOfMachine(),
        whenMissing: "npm was not found. Install npm 10 or newer (it comes with Node.js).",
        advise: (output) =>
          offlineSigns.test(output)
            ? "npm ci could not reach the package registry. This first run needs the network."
            : "npm ci failed; npm's own words are above.",
      }),
    );
  }
  return runtimePath();
}

function requireNode() {
  if (Number.parseInt(process.versions.node, 10) >= oldestNodeForInstall) return;
  throw new SetupError(
    `Node.js ${process.versions.node} is too old to install Boardwalk: it takes ` +
      `Node.js ${oldestNodeForInstall} or newer, which then brings its own Node.js ${oldestNodeForServer}.`,
  );
}

/** @returns {"current" | "missing" | "outdated"} */
function installedState() {
  // npm writes this file last, so an install that was cut short counts as missing.
  const installedPath = join(repositoryPath, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return "missing";
  const installed = readPackages(installedPath);
  const wanted = readPackages(join(repositoryPath, "package-lock.json"));
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (!path.startsWith("node_modules/")) continue;
    const present = installed[path];
    if (present === undefined && optional) continue;
    if (present?.version !== version || present?.integrity !== integrity) return "outdated";
  }
  return "current";
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}

async function runtimePath() {
  const packagedPath = join(repositoryPath, "node_modules", "node", "bin", "node");
  if (await canRun(packagedPath)) return packagedPath;
  if (Number.parseInt(process.versions.node, 10) >= oldestNodeForServer) return process.execPath;
  throw new SetupError(
    `The "node" package brought no Node.js that runs on ${process.platform}-${process.arch}. ` +
      `Either its install script was switched off (npm config get ignore-scripts), or this ` +
      `platform has none: then install Node.js ${oldestNodeForServer} or newer yourself.`,
  );
}

async function canRun(path) {
  try {
    return (await run(path, ["--version"], { capture: true })).exitCode === 0;
  } catch {
    return false;
  }
}
