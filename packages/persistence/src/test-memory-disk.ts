import { execFileSync } from "node:child_process";

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
