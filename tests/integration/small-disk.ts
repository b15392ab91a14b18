import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const fillBytes = [64 * 1024, 4096, 256, 1] as const;

/** A file system of its own, in memory, that can be filled to the last byte. Mounting needs root. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** null where this machine does not let us mount one. */
  static mount(megabytes: number): SmallDisk | null {
    const path = mkdtempSync(join(tmpdir(), "boardwalk-disk-"));
    const options = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path];
    if (spawnSync("mount", options).status === 0) return new SmallDisk(path);
    rmSync(path, { recursive: true });
    return null;
  }

  get #filler(): string {
    return join(this.path, "filler");
  }

  /** Leaves not a byte. */
  fill(): void {
    const file = openSync(this.#filler, "a");
    try {
      for (const size of fillBytes) {
        const block = Buffer.alloc(size);
        try {
          for (;;) writeSync(file, block);
        } catch (error) {
          if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}
