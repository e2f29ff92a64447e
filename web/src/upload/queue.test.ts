import { beforeEach, describe, expect, it } from "vitest";
import { ChunkSize, LARGEST_CHUNK } from "./chunks";
import { PARALLEL, Queue, WATCHDOG_MS, type Clock, type Item, type State, type TransferEvents } from "./queue";
import { LINE_TROUBLE } from "./verdict";

/** Time that passes when it is told to. */
class TestClock implements Clock {
  #now = 1_000;
  #timers: { at: number; call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.call();
    }
    this.#now = end;
  }
}

interface Attempt {
  readonly item: Item;
  readonly events: TransferEvents;
  aborted: boolean;
}

let clock: TestClock;
let chunks: ChunkSize;
let attempts: Attempt[];
let queue: Queue;

beforeEach(() => {
  clock = new TestClock();
  chunks = new ChunkSize();
  attempts = [];
  queue = new Queue({
    clock,
    chunks,
    random: () => 1,
    changed: () => undefined,
    start: (item, events) => {
      const attempt = { item, events, aborted: false };
      attempts.push(attempt);
      return { abort: () => (attempt.aborted = true) };
    },
  });
});

function add(count: number, size = 1000, state: State = { kind: "waiting" }): Item[] {
  const added = Array.from({ length: count }, (_, index) =>
    queue.add({
      path: `f${index}`,
      name: `f${index}`,
      size,
      lastModified: 1,
      type: "",
      source: new File([], "f"),
      url: null,
      uploadId: null,
      sent: 0,
      state,
    }),
  );
  queue.pump();
  return added;
}

function attempt(index: number): Attempt {
  const found = attempts.at(index);
  if (!found) throw new Error(`no attempt ${index} of ${attempts.length}`);
  return found;
}

const one = (): Item => add(1)[0] ?? fail();
const fail = (): never => {
  throw new Error("nothing was added");
};
const kinds = (): string[] => [...queue.items()].map(({ state }) => state.kind);

/** The totals counted anew from the items. */
function recounted(): Record<string, number> {
  const items = [...queue.items()];
  const of = (...wanted: string[]): number => items.filter(({ state }) => wanted.includes(state.kind)).length;
  return {
    files: items.length,
    bytes: items.reduce((sum, item) => sum + item.size, 0),
    sent: items.reduce((sum, item) => sum + item.sent, 0),
    done: of("done"),
    failed: of("failed"),
    running: of("preparing", "uploading", "verifying"),
    pending: of("waiting", "retrying"),
    paused: of("paused"),
    missing: of("missing"),
  };
}

describe("the queue", () => {
  it("moves three files at a time, in the order they were chosen, and takes the next when one is done", () => {
    add(5);
    expect(attempts.map(({ item }) => item.path)).toEqual(["f0", "f1", "f2"]);
    attempt(1).events.done("id");
    expect(attempts.map(({ item }) => item.path)).toEqual(["f0", "f1", "f2", "f3"]);
    expect(kinds()).toEqual(["preparing", "done", "preparing", "preparing", "waiting"]);
  });

  it("is settled only when nothing more happens by itself", () => {
    const item = one();
    expect(queue.isSettled()).toBe(false);
    attempt(0).events.failed(LINE_TROUBLE);
    expect(queue.isSettled()).toBe(false);
    queue.pause(item);
    expect(queue.isSettled()).toBe(true);
    queue.resume(item);
    attempt(-1).events.done(null);
    expect(queue.isSettled()).toBe(true);
  });

  it("verifies when the last byte has left, and is done only when the server says so", () => {
    const item = one();
    attempt(0).events.progress(400);
    expect(item.state.kind).toBe("uploading");
    attempt(0).events.progress(1000);
    expect(item.state.kind).toBe("verifying");
    attempt(0).events.done("file-1");
    expect(item.state).toEqual({ kind: "done", fileId: "file-1" });
  });

  it("retries for ever, waiting longer each time up to thirty seconds", () => {
    one();
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const before = clock.now();
      attempt(-1).events.failed(LINE_TROUBLE);
      const count = attempts.length;
      while (attempts.length === count) clock.advance(500);
      waits.push(clock.now() - before);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("starts waiting from the shortest again after bytes have arrived", () => {
    one();
    for (let round = 0; round < 4; round += 1) {
      attempt(-1).events.failed(LINE_TROUBLE);
      clock.advance(60_000);
    }
    attempt(-1).events.accepted(500, 500);
    attempt(-1).events.failed(LINE_TROUBLE);
    const count = attempts.length;
    clock.advance(1000);
    expect(attempts.length).toBe(count + 1);
  });

  it("lets no other file run against a line that is down", () => {
    add(10);
    for (const running of attempts.slice(0, PARALLEL)) running.events.failed(LINE_TROUBLE);
    expect(attempts.length).toBe(PARALLEL);
    clock.advance(1000);
    expect(attempts.length).toBe(2 * PARALLEL);
    expect(attempts.slice(PARALLEL).map(({ item }) => item.path)).toEqual(["f0", "f1", "f2"]);
  });

  it("lets other files pass one that only the server stumbles over", () => {
    add(4);
    attempt(0).events.failed({ kind: "retry", line: false, afterMs: 0, signedOut: false });
    expect(attempt(-1).item.path).toBe("f3");
  });

  it("waits as long as the server asked", () => {
    one();
    attempt(0).events.failed({ kind: "retry", line: true, afterMs: 90_000, signedOut: false });
    clock.advance(89_999);
    expect(attempts.length).toBe(1);
    clock.advance(1);
    expect(attempts.length).toBe(2);
  });

  it("takes up at once when the network or the page comes back", () => {
    one();
    for (let round = 0; round < 6; round += 1) {
      attempt(-1).events.failed(LINE_TROUBLE);
      clock.advance(30_000);
    }
    attempt(-1).events.failed(LINE_TROUBLE);
    const count = attempts.length;
    queue.wake();
    expect(attempts.length).toBe(count + 1);
  });

  it("leaves a lively transfer alone when the page comes back, and replaces a stale one", () => {
    add(2);
    clock.advance(6_000);
    attempt(0).events.progress(10);
    queue.wake();
    expect(attempts.map(({ aborted }) => aborted)).toEqual([false, true, false]);
    expect(attempt(2).item.path).toBe("f1");
  });

  it("ends an attempt that moves nothing for 45 s, and tries again", () => {
    one();
    attempt(0).events.progress(10);
    clock.advance(WATCHDOG_MS - 1);
    attempt(0).events.progress(20);
    clock.advance(WATCHDOG_MS - 1);
    expect(attempt(0).aborted).toBe(false);
    // The same number again is no movement.
    attempt(0).events.progress(20);
    clock.advance(1);
    expect(attempt(0).aborted).toBe(true);
    clock.advance(1000);
    expect(attempts.length).toBe(2);
  });

  it("does not stay at the last percent for ever", () => {
    const item = one();
    attempt(0).events.progress(1000);
    expect(item.state.kind).toBe("verifying");
    clock.advance(WATCHDOG_MS);
    expect(item.state.kind).toBe("retrying");
  });

  it("believes nothing that an ended attempt still says", () => {
    const item = one();
    queue.pause(item);
    expect(attempt(0).aborted).toBe(true);
    attempt(0).events.progress(900);
    attempt(0).events.done("late");
    attempt(0).events.failed(LINE_TROUBLE);
    expect(item.state.kind).toBe("paused");
    expect(item.sent).toBe(0);
  });

  it("goes on from the server's offset after a mismatch, without waiting", () => {
    const item = one();
    attempt(0).events.created("/uploads/x");
    attempt(0).events.progress(900);
    attempt(0).events.failed({ kind: "resync" });
    clock.advance(0);
    expect(attempts.length).toBe(2);
    expect(item.url).toBe("/uploads/x");
    attempt(1).events.accepted(300, 0);
    expect(item.sent).toBe(300);
  });

  it("waits between mismatches that do not end", () => {
    one();
    for (let round = 0; round < 3; round += 1) {
      attempt(-1).events.failed({ kind: "resync" });
      clock.advance(0);
    }
    const count = attempts.length;
    attempt(-1).events.failed({ kind: "resync" });
    clock.advance(1000);
    expect(attempts.length).toBe(count);
    clock.advance(30_000);
    expect(attempts.length).toBe(count + 1);
  });

  it("starts a file anew whose upload is gone", () => {
    const item = one();
    attempt(0).events.created("/uploads/x");
    attempt(0).events.progress(900);
    attempt(0).events.failed({ kind: "restart" });
    expect(item).toMatchObject({ url: null, sent: 0 });
    clock.advance(0);
    expect(attempts.length).toBe(2);
  });

  it("keeps a refused file with the server's words, until it is tried again", () => {
    const item = one();
    attempt(0).events.failed({ kind: "refused", status: 507, detail: "No space." });
    expect(item.state).toEqual({ kind: "failed", failure: { kind: "refused", detail: "No space." } });
    clock.advance(600_000);
    expect(attempts.length).toBe(1);
    queue.retry(item);
    expect(attempts.length).toBe(2);
  });

  it("learns smaller chunks from a proxy, and gives up when even the smallest are refused", () => {
    const item = one();
    attempt(0).events.failed({ kind: "too-big", size: LARGEST_CHUNK });
    clock.advance(0);
    expect(chunks.current).toBe(LARGEST_CHUNK / 4);
    expect(attempts.length).toBe(2);
    attempt(1).events.failed({ kind: "too-big", size: 1000 });
    expect(item.state).toEqual({ kind: "failed", failure: { kind: "proxy-limit" } });
  });

  it("suspects the chunk size when bytes leave and none arrive, twice", () => {
    one();
    for (let round = 0; round < 2; round += 1) {
      attempt(-1).events.accepted(0, 0);
      attempt(-1).events.progress(800);
      attempt(-1).events.failed(LINE_TROUBLE);
      clock.advance(60_000);
    }
    expect(chunks.current).toBe(LARGEST_CHUNK / 4);
  });

  it("does not suspect it when nothing could leave at all", () => {
    one();
    for (let round = 0; round < 5; round += 1) {
      attempt(-1).events.failed(LINE_TROUBLE);
      clock.advance(60_000);
    }
    expect(chunks.current).toBe(LARGEST_CHUNK);
  });

  it("pauses and resumes all", () => {
    add(5);
    attempt(0).events.done("x");
    queue.pauseAll();
    expect(kinds()).toEqual(["done", "paused", "paused", "paused", "paused"]);
    expect(queue.isSettled()).toBe(true);
    const count = attempts.length;
    clock.advance(600_000);
    expect(attempts.length).toBe(count);
    queue.resumeAll();
    expect(attempts.length).toBe(count + PARALLEL);
  });

  it("sends what was missing once its file is chosen again", () => {
    const item = add(1, 1000, { kind: "missing" })[0] ?? fail();
    expect(attempts.length).toBe(0);
    expect(queue.isSettled()).toBe(true);
    queue.rebind(item, new File([], "f"), { path: "f0", size: 1000, lastModified: 9 }, "/uploads/x", 870);
    expect(attempt(0).item).toMatchObject({ url: "/uploads/x", sent: 870, lastModified: 9 });
  });

  it("takes the next file when a running one is removed", () => {
    const items = add(4);
    queue.remove(items[0] ?? fail());
    expect(attempt(0).aborted).toBe(true);
    expect(attempt(-1).item.path).toBe("f3");
    expect(queue.totals.files).toBe(3);
  });

  it("keeps its totals true over any sequence of events", () => {
    // A fixed pseudo-random walk, so that a failure can be repeated.
    let seed = 42;
    const draw = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let step = 0; step < 3_000; step += 1) {
      const items = [...queue.items()];
      const item = items[draw(Math.max(1, items.length))];
      const last = attempts[draw(Math.max(1, attempts.length))];
      const acts: (() => void)[] = [
        () => void (items.length < 40 && add(1 + draw(3), draw(2000))),
        () => item && queue.pause(item),
        () => item && queue.resume(item),
        () => item && queue.retry(item),
        () => item && draw(4) === 0 && queue.remove(item),
        () => last?.events.progress(draw(2500)),
        () => last?.events.accepted(draw(2500), draw(500)),
        () => last?.events.failed(LINE_TROUBLE),
        () => last?.events.failed({ kind: "restart" }),
        () => last?.events.failed({ kind: "changed" }),
        () => last?.events.done(null),
        () => clock.advance(draw(20_000)),
        () => queue.wake(),
        () => draw(20) === 0 && queue.pauseAll(),
        () => draw(10) === 0 && queue.retryAll(),
        () => item && queue.rebind(item, new File([], "f"), { ...item, size: draw(3000) }, null, 0),
      ];
      acts[draw(acts.length)]?.();
      expect(queue.totals).toEqual(recounted());
      expect(queue.totals.running).toBeLessThanOrEqual(PARALLEL);
    }
    expect(attempts.length).toBeGreaterThan(300);
  });

  it("stays quick with ten thousand files", () => {
    queue = new Queue({
      clock,
      chunks,
      random: () => 1,
      changed: () => undefined,
      start: (_item, events) => {
        queueMicrotask(() => events.done("x"));
        return { abort: () => undefined };
      },
    });
    const before = performance.now();
    add(10_000);
    return new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
      expect(queue.totals.done).toBe(10_000);
      expect(performance.now() - before).toBeLessThan(5_000);
    });
  });
});
