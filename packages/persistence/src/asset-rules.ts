import { createHash } from "node:crypto";
import { pipeline, type Readable, Transform } from "node:stream";
import { StoreError } from "./store-error.ts";

export function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/** Throws ASSET_BAD_HASH unless the name is one that an asset can have. */
export function checkHash(sha256: string): void {
  if (isHash(sha256)) return;
  throw new StoreError("ASSET_BAD_HASH", "An asset is named by 64 lower-case hexadecimal digits");
}

export function tooLarge(maxBytes: number): StoreError {
  return new StoreError("ASSET_TOO_LARGE", `An asset may have at most ${maxBytes} bytes`);
}

/**
 * What is read of an asset, which fails with STORE_DAMAGED in place of its last bytes unless the
 * content is the one it is named by. Whoever reads only a part is not told.
 */
export function checkedContent(sha256: string, source: Readable): Readable {
  const hash = createHash("sha256");
  let last: Uint8Array | null = null;
  const checked = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      const former = last;
      last = chunk;
      done(null, former);
    },
    flush(done) {
      if (hash.digest("hex") === sha256) done(null, last);
      else done(new StoreError("STORE_DAMAGED", `The asset ${sha256} is damaged`));
    },
  });
  // Either ends with the other; why, who reads it is told by the stream itself.
  pipeline(source, checked, () => {});
  return checked;
}
