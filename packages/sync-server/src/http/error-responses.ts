import { errorResponseSchema } from "@boardwalk/board-model";

/** The same body for every status a route may fail with. */
export function errorResponses<Status extends number>(
  ...statuses: Status[]
): Record<Status, typeof errorResponseSchema> {
  const entries = statuses.map((status) => [status, errorResponseSchema] as const);
  return Object.fromEntries(entries) as Record<Status, typeof errorResponseSchema>;
}
