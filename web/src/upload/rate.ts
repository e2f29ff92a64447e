// How fast bytes move, smoothed so that a person can read it, and how long the rest takes.

/** After this long a change of speed has come through by half. */
const HALF_LIFE_MS = 4_000;
/** Samples closer together than this say more about buffers than about the line. */
const SHORTEST_SAMPLE_MS = 250;
/** Before this much has been seen, a time left would be a guess. */
const SETTLED_AFTER_MS = 2_000;

export class RateMeter {
  #lastAt: number | null = null;
  #lastBytes = 0;
  #seenMs = 0;
  #rate = 0;

  /** Says that `bytes` in total have moved at `nowMs`. Going backwards (an offset corrected by the server) is no speed. */
  sample(nowMs: number, bytes: number): void {
    if (this.#lastAt === null || bytes < this.#lastBytes) {
      this.#lastAt = nowMs;
      this.#lastBytes = bytes;
      return;
    }
    const elapsed = nowMs - this.#lastAt;
    if (elapsed < SHORTEST_SAMPLE_MS) return;
    const rate = ((bytes - this.#lastBytes) * 1000) / elapsed;
    const weight = this.#seenMs === 0 ? 1 : 1 - 0.5 ** (elapsed / HALF_LIFE_MS);
    this.#rate += (rate - this.#rate) * weight;
    this.#seenMs += elapsed;
    this.#lastAt = nowMs;
    this.#lastBytes = bytes;
  }

  /** Forgets the time that passes from here to the next sample: a pause is not a slow line. */
  pause(): void {
    this.#lastAt = null;
  }

  /** Starts anew, for bytes that have nothing to do with those before. */
  reset(): void {
    this.#lastAt = null;
    this.#lastBytes = 0;
    this.#seenMs = 0;
    this.#rate = 0;
  }

  /** Bytes per second; null before anything was measured. */
  bytesPerSecond(): number | null {
    return this.#seenMs === 0 ? null : this.#rate;
  }

  /** Seconds for the remaining bytes; null while that would be a guess. */
  secondsLeft(remaining: number): number | null {
    if (remaining <= 0) return 0;
    if (this.#seenMs < SETTLED_AFTER_MS || this.#rate < 1) return null;
    return remaining / this.#rate;
  }
}
