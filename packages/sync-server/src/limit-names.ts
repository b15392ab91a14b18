import { boardLimits } from "./boards/board-error.ts";
import { requestLimits } from "./http/api-error.ts";
import { rateLimitNames, uploadedBytesLimit } from "./http/rate-limits.ts";
import { socketLimits } from "./sync/limit-error.ts";

/** All limits past which something is refused, as docs/protocol.md has them. */
export const limitNames: readonly string[] = [
  ...socketLimits,
  ...boardLimits,
  ...requestLimits,
  ...rateLimitNames,
  uploadedBytesLimit,
];
