import { constants, getPriority, setPriority } from "node:os";

/**
 * Has the calling thread give way to the one that serves people, where both want the same core. To
 * be called in a thread that works in the background.
 */
export function giveWay(): void {
  // Elsewhere the priority is the whole process's.
  if (process.platform !== "linux") return;
  setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
}
