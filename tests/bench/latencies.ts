const bucketMs = 0.05;
const longestMs = 60_000;

/** A histogram of latencies; what is longer than a minute counts as a minute. */
export class Latencies {
  readonly #buckets = new Uint32Array(longestMs / bucketMs + 1);
  #count = 0;

  add(latencyMs: number): void {
    const bucket = Math.min(this.#buckets.length - 1, Math.round(latencyMs / bucketMs));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
  }

  /** NaN when there are none. */
  quantileMs(share: number): number {
    let left = Math.max(1, Math.ceil(this.#count * share));
    if (this.#count === 0) return Number.NaN;
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0) return bucket * bucketMs;
    }
    return longestMs;
  }
}
