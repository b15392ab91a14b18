import { z } from "zod";
import { type BrowserStorage, readStored, writeStored } from "../storage/browser-storage.ts";

const storageKey = "boardwalk:creation-key";
const keySchema = z.string().min(1);

/** The server's key for making boards, as it was entered and taken in this browser. */
export function readCreationKey(storage: BrowserStorage | null): string | null {
  return keySchema.safeParse(readStored(storage, storageKey)).data ?? null;
}

export function writeCreationKey(storage: BrowserStorage | null, key: string): void {
  writeStored(storage, storageKey, key);
}

export function forgetCreationKey(storage: BrowserStorage | null): void {
  writeStored(storage, storageKey, null);
}
