import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryPath = fileURLToPath(new URL("..", import.meta.url));

const binPath = join(repositoryPath, "node_modules", ".bin");
/** Where Node keeps what it has compiled: the next process that loads the same starts sooner. */
const compileCachePath = join(repositoryPath, "node_modules", ".cache", "node-compile");
const forwardedSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * What one child process came to; `interruptedBy` names the signal that this process was sent
 * meanwhile.
 *
 * @typedef {{ exitCode: number, output: string, interruptedBy: string | undefined }} Outcome
 */

/** The environment with this repository's own executables, Node 24 among them, before the machine's. */
export function environmentWithPackages(extra = {}) {
  return {
    ...process.env,
    PATH: [binPath, ...pathWithoutPackages()].join(delimiter),
    NODE_COMPILE_CACHE: compileCachePath,
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
    ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
    ...extra,
  };
}

/**
 * The environment as the machine gives it. `npm run` puts node_modules/.bin in front; npm must not
 * run under a Node that it is about to delete.
 */
export function environmentOfMachine(extra = {}) {
  return { ...process.env, PATH: pathWithoutPackages().join(delimiter), ...extra };
}

function pathWithoutPackages() {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== binPath);
}

/**
 * Runs a program in the repository to its end. With `capture` its output is returned, not shown.
 * Rejects with the system's error (`ENOENT`) where it cannot be started.
 *
 * Each kind of signal is forwarded once: npm and the terminal may both deliver the same Ctrl-C, and
 * the second copy must not turn a drain into a kill.
 *
 * @returns {Promise<Outcome>}
 */
export function run(command, args, { env = environmentWithPackages(), capture = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: repositoryPath,
      env,
      stdio: capture ? ["ignore", "pipe", "pipe"] : "inherit",
    });

    let output = "";
    const append = (chunk) => (output += chunk);
    child.stdout?.setEncoding("utf8").on("data", append);
    child.stderr?.setEncoding("utf8").on("data", append);

    let interruptedBy;
    const forward = (signal) => {
      if (interruptedBy === signal) return;
      interruptedBy = signal;
      child.kill(signal);
    };
    for (const signal of forwardedSignals) process.on(signal, forward);
    const stopForwarding = () => {
      for (const signal of forwardedSignals) process.off(signal, forward);
    };

    child.once("error", (error) => {
      stopForwarding();
      reject(error);
    });
    child.once("close", (code, signal) => {
      stopForwarding();
      resolve({ exitCode: code ?? exitCodeOf(signal), output, interruptedBy });
    });
  });
}

/** The exit code that a shell gives a program ended by this signal. */
export function exitCodeOf(signal) {
  return 128 + constants.signals[signal];
}
