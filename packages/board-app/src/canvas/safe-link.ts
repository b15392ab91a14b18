const linkProtocols: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/** Whether an address may be made a link of: one that only leads somewhere, and runs nothing. */
export function isSafeLink(address: unknown): boolean {
  if (typeof address !== "string" || !URL.canParse(address)) return false;
  return linkProtocols.has(new URL(address).protocol);
}
