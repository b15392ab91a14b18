import { exitCodeOf, run } from "./processes.mjs";

const stillWorkingIntervalMs = 15_000;
const shownOutputLines = 60;

/** A reason to stop that the person at the terminal can act on; shown without a stack. */
export class SetupError extends Error {
  name = "SetupError";
}

/** The person at the terminal, or who supervises this process, asked it to stop. */
class Interruption extends Error {
  name = "Interruption";
  exitCode;

  constructor(signal) {
    super(`Stopped by ${signal}.`);
    this.exitCode = exitCodeOf(signal);
  }
}

export function say(line) {
  console.log(line);
}

/** Says what is being done, that it is still being done, and how long it took. */
export async function step(title, work) {
  say(`${title}…`);
  const startMs = performance.now();
  const elapsed = () => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  const timer = setInterval(() => say(`  still at it after ${elapsed()}`), stillWorkingIntervalMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  say(`  done in ${elapsed()}`);
}

/**
 * Runs a program whose output matters only where it fails. Throws a SetupError that ends with
 * `advise(output)`, or where the program is not there at all, with `whenMissing`.
 */
export async function runStep(program, args, { env, advise, whenMissing }) {
  let outcome;
  try {
    outcome = await run(program, args, { env, capture: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    throw new SetupError(whenMissing ?? `${program} was not found.`, { cause: error });
  }
  if (outcome.interruptedBy !== undefined) throw new Interruption(outcome.interruptedBy);
  if (outcome.exitCode === 0) return;
  const lastLines = outcome.output.trimEnd().split("\n").slice(-shownOutputLines);
  throw new SetupError([...lastLines, "", advise(outcome.output)].join("\n"));
}

/** Runs a command's body, which returns its exit code; what a person can act on is one message. */
export async function command(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof SetupError || error instanceof Interruption)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof Interruption ? error.exitCode : 1;
  }
}
