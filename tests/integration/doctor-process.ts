import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const doctorPath = fileURLToPath(
  new URL("../../packages/sync-server/src/doctor/main.ts", import.meta.url),
);

/** Runs the doctor as a process of its own to its end. */
export async function runDoctor(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env } };
    execFile(process.execPath, [doctorPath, ...args], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === "number") resolve({ exitCode, output: stdout + stderr });
      else reject(new Error("The doctor did not end by itself", { cause: error }));
    });
  });
}
