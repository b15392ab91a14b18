export { describeFaults, parseConfig } from "./config.ts";
export type { Config, ParsedConfig } from "./config.ts";
export { createLogger } from "./logging.ts";
export type { LogStyle } from "./logging.ts";
export { startServer } from "./server.ts";
export type { RunningServer } from "./server.ts";
