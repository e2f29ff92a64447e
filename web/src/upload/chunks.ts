// How many bytes one request may carry. Proxies cap bodies (often at 1 MB or 100 MB), some silently; nobody can ask
// them, so the size is learnt while sending and shared by all files of the page.

const MIB = 1024 * 1024;
/** Large enough that a fast line does not wait for answers, small enough that a buffering proxy still shows progress. */
export const LARGEST_CHUNK = 64 * MIB;
/** Below the usual smallest cap, with room for what a proxy adds. */
export const SMALLEST_CHUNK = MIB / 4;
const STEP = 4;
const FRUITLESS_BEFORE_SHRINKING = 2;
const FRUITFUL_BEFORE_GROWING = 4;

export class ChunkSize {
  #current = LARGEST_CHUNK;
  #ceiling = LARGEST_CHUNK;
  #fruitless = 0;
  #fruitful = 0;

  get current(): number {
    return this.#current;
  }

  /** A proxy refused a body of `size` bytes as too large. False when nothing smaller is worth trying. */
  refused(size: number): boolean {
    if (size <= SMALLEST_CHUNK) return false;
    // Several files may be refused at the old size; the first one has shrunk it for all.
    if (size > this.#current) return true;
    this.#current = shrunk(size);
    this.#ceiling = Math.min(this.#ceiling, this.#current);
    this.#fruitful = 0;
    return true;
  }

  /** An attempt sent bytes and not one of them arrived: a proxy may be cutting long bodies without saying so. */
  fruitless(): void {
    this.#fruitful = 0;
    this.#fruitless += 1;
    if (this.#fruitless < FRUITLESS_BEFORE_SHRINKING) return;
    this.#fruitless = 0;
    this.#current = shrunk(this.#current);
  }

  /** A request of `size` bytes arrived. After some full ones the size grows again, never past what was refused. */
  fruitful(size: number): void {
    this.#fruitless = 0;
    if (size < this.#current) return;
    this.#fruitful += 1;
    if (this.#fruitful < FRUITFUL_BEFORE_GROWING) return;
    this.#fruitful = 0;
    this.#current = Math.min(this.#ceiling, this.#current * 2);
  }
}

function shrunk(size: number): number {
  return Math.max(SMALLEST_CHUNK, Math.floor(size / STEP));
}
