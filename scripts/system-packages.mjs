import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { run } from "./processes.mjs";
import { runStep, say, SetupError, step } from "./steps.mjs";

/**
 * What tests need from the system. Tests find the executable in the environment under `variable`,
 * and are skipped where it is unset. Setting `override` names an executable to use instead.
 */
const systemPackages = [
  {
    name: "Chromium",
    neededBy: "the browser tests",
    // The same engine without a desktop browser around it opens a page at half the cost.
    commands: ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"],
    debianPackages: ["chromium-headless-shell", "fonts-liberation"],
    override: "CHROMIUM_PATH",
    variable: "BOARDWALK_CHROMIUM",
  },
  {
    name: "PostgreSQL",
    neededBy: "the tests of boards in a database",
    // Debian keeps servers of several versions side by side, and none of them in the PATH.
    commands: ["/usr/lib/postgresql/*/bin/postgres", "postgres"],
    debianPackages: ["postgresql"],
    override: "POSTGRES_PATH",
    variable: "BOARDWALK_POSTGRES",
  },
  {
    name: "nginx",
    neededBy: "the tests behind nginx",
    // Where it is for root; other people's PATH does not lead there.
    commands: ["nginx", "/usr/sbin/nginx"],
    versionArgument: "-v",
    debianPackages: ["nginx"],
    override: "NGINX_PATH",
    variable: "BOARDWALK_NGINX",
  },
  {
    name: "Caddy",
    neededBy: "the tests behind Caddy",
    commands: ["caddy"],
    versionArgument: "version",
    debianPackages: ["caddy"],
    override: "CADDY_PATH",
    variable: "BOARDWALK_CADDY",
  },
];

/**
 * Finds or installs what tests need from the system: all of it, or what goes by these variables.
 *
 * @param {readonly string[]} variables
 * @returns {Promise<{ environment: Record<string, string>, missing: string[] }>} variables for the
 * tests, and the names of what could not be had
 */
export async function ensureSystemPackages(
  variables = systemPackages.map(({ variable }) => variable),
) {
  const environment = {};
  const missing = [];
  for (const wanted of systemPackages) {
    if (!variables.includes(wanted.variable)) continue;
    try {
      environment[wanted.variable] = (await find(wanted)) ?? (await install(wanted));
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`Skipping ${wanted.neededBy}, which need ${wanted.name}: ${error.message}`);
      missing.push(wanted.name);
    }
  }
  return { environment, missing };
}

async function find({ commands, override, versionArgument = "--version" }) {
  const named = process.env[override];
  if (named) {
    if (await starts(named, versionArgument)) return named;
    throw new SetupError(`${override} names ${named}, which does not run.`);
  }
  for (const path of commands.flatMap(pathsOf)) {
    // Ubuntu's chromium-browser is a stub that only says which snap to install: try it.
    if (await starts(path, versionArgument)) return path;
  }
  return undefined;
}

/** Of a command in the PATH or at its own place; or of one in the folders of its versions, the latest first. */
function pathsOf(command) {
  const [versionsFolder, rest] = command.split("/*/");
  if (rest !== undefined) {
    if (!existsSync(versionsFolder)) return [];
    const versions = readdirSync(versionsFolder).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(versionsFolder, version, rest));
  }
  const folders = isAbsolute(command) ? ["/"] : (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return [path];
    } catch {
      return [];
    }
  });
}

async function starts(path, versionArgument) {
  try {
    return (await run(path, [versionArgument], { capture: true })).exitCode === 0;
  } catch {
    return false;
  }
}

async function install(wanted) {
  if (pathsOf("apt-get").length === 0) {
    throw new SetupError(`it is not installed, and there is no apt-get to install it with.`);
  }
  const prefix = await rootPrefix();
  const aptGet = (...args) => {
    const [command, ...rest] = [
      ...prefix,
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "-qq",
      "-o",
      "DPkg::Lock::Timeout=120",
      ...args,
    ];
    return runStep(command, rest, { advise: () => `apt-get ${args[0]} failed.` });
  };
  await step(`Installing ${wanted.name} for ${wanted.neededBy}`, async () => {
    await aptGet("update");
    await aptGet("install", "--yes", "--no-install-recommends", ...wanted.debianPackages);
  });
  const path = await find(wanted);
  if (path !== undefined) return path;
  throw new SetupError(`apt-get installed ${wanted.debianPackages.join(" ")}, but nothing runs.`);
}

async function rootPrefix() {
  if (process.getuid() === 0) return [];
  for (const sudo of pathsOf("sudo")) {
    if ((await run(sudo, ["-n", "true"], { capture: true })).exitCode === 0) return [sudo, "-n"];
  }
  throw new SetupError("it is not installed, and installing it takes root or passwordless sudo.");
}
