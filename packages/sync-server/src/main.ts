import { pino } from "pino";
import { describeFaults, parseConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { createLogger } from "./logging.ts";
import { startServer } from "./server.ts";
import { describeStartFailure } from "./start-failure.ts";

const shutdownDeadlineMs = 10_000;
/** A terminal's Ctrl+C and whatever started the server may both pass on the same signal. */
const sameSignalMs = 1_000;

/** The log goes to the standard output; why there is no server goes to the standard error. */
function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function run(config: Config): Promise<void> {
  const style = process.stdout.isTTY ? "plain" : "json";
  const logger = createLogger(config.logLevel, style, pino.destination({ dest: 1, sync: true }));

  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (err: unknown) => {
      // What was acknowledged is on disk, so nothing is gained by going on in an unknown state.
      logger.fatal({ err }, `stopping: ${event}`);
      process.exit(1);
    });
  }

  const starting = startServer(config, logger);
  let stoppingSinceMs: number | null = null;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stoppingSinceMs !== null) {
      if (performance.now() - stoppingSinceMs < sameSignalMs) return;
      logger.fatal({ signal }, "stopped at once: asked a second time");
      process.exit(1);
    }
    stoppingSinceMs = performance.now();
    logger.info({ signal }, "Boardwalk is stopping");
    try {
      const server = await starting;
      await server.close(shutdownDeadlineMs);
    } catch {
      // Reported by whoever closes or starts.
      process.exit(1);
    }
    logger.info("Boardwalk has stopped");
    process.exit(0);
  };
  process.on("SIGTERM", (signal) => void stop(signal));
  process.on("SIGINT", (signal) => void stop(signal));

  try {
    const { url } = await starting;
    const address = config.publicOrigin === null ? url : `${config.publicOrigin} (here: ${url})`;
    logger.info({ url }, `Boardwalk is ready at ${address}`);
  } catch (error) {
    const reason = describeStartFailure(error, config);
    if (reason !== null) fail(reason);
    logger.fatal({ err: error }, "Boardwalk cannot start");
    process.exit(1);
  }
}

const parsed = parseConfig(process.env);
if (!parsed.ok) fail(describeFaults(parsed.faults));
await run(parsed.config);
