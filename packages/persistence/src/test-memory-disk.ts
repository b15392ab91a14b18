import { execFileSync } from "node:child_process";
import { statfs } from "node:fs/promises";
import { join } from "node:path";

/**
 * Mounts a file system of the given size, or says why it cannot. In CI that is a failure: a skip
 * there would hide what the test is for.
 */
export function mountMemory(path: string, options: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], { stdio: "pipe" });
    return true;
  } catch (error) {
    if (process.env["CI"]) throw error;
    process.stderr.write(`skipped: no tmpfs can be mounted on this machine (${String(error)})\n`);
    return false;
  }
}

export function unmount(path: string): void {
  execFileSync("umount", [path], { stdio: "pipe" });
}

/** What takes up the room on a disk that was filled. */
export const FILLER = "filler";

/** Leaves about `restBytes` of room on a disk, also while others write to it. */
export async function fillDisk(disk: string, restBytes: number): Promise<void> {
  for (;;) {
    const { bavail, bsize } = await statfs(disk);
    const bytes = Math.max(1, bavail * bsize - restBytes);
    try {
      execFileSync("fallocate", ["-l", String(bytes), join(disk, FILLER)], { stdio: "pipe" });
      return;
    } catch (error) {
      // Somebody was faster.
      if (!/no space left/i.test(String(error))) throw error;
    }
  }
}
