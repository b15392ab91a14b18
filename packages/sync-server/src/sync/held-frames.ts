import type { Message } from "@boardwalk/board-model";
import { LimitError } from "./limit-error.ts";
import { syncLimits } from "./limits.ts";

export type HeldFrame = { readonly message: Message; readonly frameBytes: number };

/** What came on one socket for boards that are not open yet; a client need not wait to be let in. */
export class HeldFrames {
  readonly #byAddress = new Map<string, HeldFrame[]>();
  #frames = 0;
  #bytes = 0;

  /** Throws LimitError when it is more than a socket may have waiting. */
  hold(address: string, held: HeldFrame): void {
    this.#frames++;
    this.#bytes += held.frameBytes;
    const others = this.#byAddress.get(address);
    const isOverLimit =
      this.#frames > syncLimits.heldFrames ||
      this.#bytes > syncLimits.heldBytes ||
      (others === undefined && this.#byAddress.size >= syncLimits.boardsPerSocket);
    if (isOverLimit) throw new LimitError("HELD_BEFORE_OPEN");
    if (others === undefined) this.#byAddress.set(address, [held]);
    else others.push(held);
  }

  /** What waits for one board, in the order in which it came; it is held no more. */
  take(address: string): HeldFrame[] {
    const held = this.#byAddress.get(address) ?? [];
    this.#byAddress.delete(address);
    this.#frames -= held.length;
    for (const { frameBytes } of held) this.#bytes -= frameBytes;
    return held;
  }

  clear(): void {
    this.#byAddress.clear();
    this.#frames = 0;
    this.#bytes = 0;
  }
}
