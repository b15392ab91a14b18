/** Waits between attempts, in milliseconds. */
export const reconnectBackOff = { firstMs: 500, maxMs: 20_000 } as const;

/**
 * The wait before an attempt, doubling with each and spread over its whole length: after a restart
 * of the server, a class of people must not come back in the same moment.
 *
 * @param attempt 0 for the first attempt after a connection was lost
 * @param random a number in [0, 1)
 */
export function backOffMs(attempt: number, random: number): number {
  const ceilingMs = Math.min(reconnectBackOff.firstMs * 2 ** attempt, reconnectBackOff.maxMs);
  return Math.round(ceilingMs * (0.3 + 0.7 * random));
}
