/** The part of `localStorage` that the page uses. */
export type BrowserStorage = Pick<Storage, "getItem" | "setItem">;

/** This browser's storage; null where it is switched off, in which case even naming it throws. */
export function browserStorage(): BrowserStorage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The same for one tab; gone with it. */
export function tabStorage(): BrowserStorage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** The JSON kept under a key, not yet checked; undefined when there is none or it is not JSON. */
export function readStored(storage: BrowserStorage | null, key: string): unknown {
  try {
    const stored = storage?.getItem(key);
    return typeof stored === "string" ? (JSON.parse(stored) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value as JSON. False when the browser refused: no storage, or none left. */
export function writeStored(storage: BrowserStorage | null, key: string, value: unknown): boolean {
  if (storage === null) return false;
  try {
    storage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
