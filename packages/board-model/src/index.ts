export * from "./ids.ts";
export * from "./limits.ts";
export * from "./links.ts";
export * from "./presence.ts";
export * from "./rest.ts";
