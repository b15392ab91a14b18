type Joined = { readonly frames: readonly Buffer[]; readonly bytes: Buffer };

/**
 * Puts the frames for one socket into one buffer. Most sockets of a board get the same frames in
 * the same tick, and share the buffer too; between them are some that get one more.
 */
export class FrameJoiner {
  #latest: Joined | null = null;
  #former: Joined | null = null;

  join(frames: readonly Buffer[]): Buffer {
    const [first] = frames;
    if (first !== undefined && frames.length === 1) return first;
    if (isOf(this.#latest, frames)) return this.#latest.bytes;
    const latest = isOf(this.#former, frames)
      ? this.#former
      : { frames, bytes: Buffer.concat(frames) };
    this.#former = this.#latest;
    this.#latest = latest;
    return latest.bytes;
  }
}

function isOf(joined: Joined | null, frames: readonly Buffer[]): joined is Joined {
  return (
    joined !== null &&
    joined.frames.length === frames.length &&
    frames.every((frame, index) => frame === joined.frames[index])
  );
}
