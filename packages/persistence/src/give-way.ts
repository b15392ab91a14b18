import { constants, getPriority, setPriority } from "node:os";

// Loaded into a thread that works in the background, where it has that thread give way to others
// that want the same core. Only on Linux has a thread a priority of its own.
if (process.platform === "linux") {
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
}
