/**
 * Puts the frames for one socket into one buffer. Most sockets of a board get the same frames in
 * the same tick, and share the buffer too.
 */
export class FrameJoiner {
  #frames: readonly Buffer[] = [];
  #joined: Buffer = Buffer.alloc(0);

  join(frames: readonly Buffer[]): Buffer {
    const [first] = frames;
    if (first !== undefined && frames.length === 1) return first;
    const isSame =
      frames.length === this.#frames.length &&
      frames.every((frame, index) => frame === this.#frames[index]);
    if (!isSame) {
      this.#frames = frames;
      this.#joined = Buffer.concat(frames);
    }
    return this.#joined;
  }
}
