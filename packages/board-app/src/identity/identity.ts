import { limits } from "@boardwalk/board-model";
import { z } from "zod";
import type { Identity } from "../session/session-state.ts";
import { type BrowserStorage, readStored, writeStored } from "../storage/browser-storage.ts";
import { text } from "../text/text.ts";
import { isPaletteColor, palette } from "./palette.ts";

const storageKey = "boardwalk:identity";

const storedIdentitySchema = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  name: z.string().trim().min(1).max(limits.personNameLength),
  color: z.string().refine(isPaletteColor),
});

/**
 * Who this browser is on every board: what it kept, or someone new, who is then kept. Where nothing
 * can be kept the person is new at each load.
 */
export function loadIdentity(storage: BrowserStorage | null): Identity {
  const stored = storedIdentitySchema.safeParse(readStored(storage, storageKey));
  if (stored.success) return stored.data;
  const identity = newIdentity();
  saveIdentity(storage, identity);
  return identity;
}

export function saveIdentity(storage: BrowserStorage | null, identity: Identity): void {
  writeStored(storage, storageKey, identity);
}

/** A name as others may see it; null when nothing is left of it. */
export function cleanPersonName(name: string): string | null {
  const clean = name.replaceAll(/\s+/g, " ").trim().slice(0, limits.personNameLength).trim();
  return clean === "" ? null : clean;
}

function newIdentity(): Identity {
  const { adjectives, animals, name } = text.identity;
  return {
    id: randomId(),
    name: name(pick(adjectives), pick(animals)),
    color: pick(palette).value,
  };
}

/** 128 bits. Not `crypto.randomUUID`, which browsers offer on https only. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function pick<Item>(items: readonly Item[]): Item {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const item = items[random % items.length];
  if (item === undefined) throw new RangeError("cannot pick from an empty list");
  return item;
}
