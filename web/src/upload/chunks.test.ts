import { describe, expect, it } from "vitest";
import { ChunkSize, LARGEST_CHUNK, SMALLEST_CHUNK } from "./chunks";

const MIB = 1024 * 1024;

/** Refusals until a proxy with this cap lets a chunk pass. */
function learn(cap: number): { chunks: ChunkSize; refusals: number } {
  const chunks = new ChunkSize();
  let refusals = 0;
  while (chunks.current > cap && chunks.refused(chunks.current)) refusals += 1;
  return { chunks, refusals };
}

describe("the chunk size", () => {
  it.each([
    [MIB, 3],
    [100_000_000, 0],
    [10 * MIB, 2],
    [SMALLEST_CHUNK, 4],
  ])("finds a way through a proxy that caps bodies at %i bytes in %i refusals", (cap, expected) => {
    const { chunks, refusals } = learn(cap);
    expect(chunks.current).toBeLessThanOrEqual(cap);
    expect(refusals).toBe(expected);
  });

  it("gives up below the smallest size, where a smaller body would not help", () => {
    const chunks = new ChunkSize();
    expect(chunks.refused(SMALLEST_CHUNK + 1)).toBe(true);
    expect(chunks.current).toBe(SMALLEST_CHUNK);
    expect(chunks.refused(SMALLEST_CHUNK)).toBe(false);
  });

  it("shrinks once when three files are refused at the same size", () => {
    const chunks = new ChunkSize();
    for (let file = 0; file < 3; file += 1) chunks.refused(LARGEST_CHUNK);
    expect(chunks.current).toBe(LARGEST_CHUNK / 4);
  });

  it("takes the size of a smaller refused body into account", () => {
    const chunks = new ChunkSize();
    chunks.refused(10 * MIB);
    expect(chunks.current).toBe(2.5 * MIB);
  });

  it("shrinks after two attempts that brought nothing, not after one", () => {
    const chunks = new ChunkSize();
    chunks.fruitless();
    expect(chunks.current).toBe(LARGEST_CHUNK);
    chunks.fruitful(MIB);
    chunks.fruitless();
    expect(chunks.current).toBe(LARGEST_CHUNK);
    chunks.fruitless();
    expect(chunks.current).toBe(LARGEST_CHUNK / 4);
  });

  it("grows again when full chunks arrive, never past what was refused", () => {
    const chunks = new ChunkSize();
    chunks.refused(LARGEST_CHUNK);
    const ceiling = chunks.current;
    chunks.fruitless();
    chunks.fruitless();
    expect(chunks.current).toBe(ceiling / 4);
    for (let sent = 0; sent < 100; sent += 1) chunks.fruitful(chunks.current);
    expect(chunks.current).toBe(ceiling);
  });

  it("never falls below its smallest", () => {
    const chunks = new ChunkSize();
    for (let attempt = 0; attempt < 50; attempt += 1) chunks.fruitless();
    expect(chunks.current).toBe(SMALLEST_CHUNK);
  });
});
