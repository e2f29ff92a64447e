// The upload queue: which file moves now, what happens after a failure, what the totals are. Knows no DOM and no
// HTTP; time, chance and the transfer itself are handed in, so that tests own them.
import { backoffMs } from "./backoff";
import type { ChunkSize } from "./chunks";
import type { Fingerprint } from "./records";
import type { Verdict } from "./verdict";

export type State =
  | { readonly kind: "waiting" }
  | { readonly kind: "preparing" }
  | { readonly kind: "uploading" }
  /** Every byte has left; the server's answer is awaited. */
  | { readonly kind: "verifying" }
  | { readonly kind: "retrying"; readonly at: number; readonly signedOut: boolean }
  | { readonly kind: "paused" }
  | { readonly kind: "done"; readonly fileId: string | null }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Unfinished from an earlier visit: the file has to be chosen again. */
  | { readonly kind: "missing" };

export type Failure =
  | { readonly kind: "changed" }
  | { readonly kind: "proxy-limit" }
  | { readonly kind: "refused"; readonly detail: string };

export interface Item extends Fingerprint {
  readonly key: number;
  readonly name: string;
  readonly type: string;
  /** The file's content; null for what an earlier visit left unfinished. */
  source: File | null;
  /** The upload's own URL once it exists. */
  url: string | null;
  /** The server's id of the upload, where it is known. */
  uploadId: string | null;
  /** Bytes that arrived or are on their way. */
  sent: number;
  state: State;
}

/** A running attempt. After `abort` none of its events counts. */
export interface Transfer {
  abort(): void;
}

export interface TransferEvents {
  created(url: string): void;
  /** `sent` bytes of the file have left, those of earlier attempts included. */
  progress(sent: number): void;
  /** The server has `offset` bytes; `requestSize` of them came with this request (0 when it was only asked). */
  accepted(offset: number, requestSize: number): void;
  done(fileId: string | null): void;
  failed(verdict: Verdict): void;
}

export type StartTransfer = (item: Item, events: TransferEvents) => Transfer;

export interface Clock {
  now(): number;
  /** Calls once after `ms`; the answer cancels it. */
  after(ms: number, call: () => void): () => void;
}

export interface QueueParts {
  readonly start: StartTransfer;
  readonly clock: Clock;
  readonly random: () => number;
  readonly chunks: ChunkSize;
  /** Called whenever something about an item changed. */
  readonly changed: (item: Item) => void;
}

export interface Totals {
  files: number;
  bytes: number;
  sent: number;
  done: number;
  failed: number;
  /** Uploading, verifying or preparing at this moment. */
  running: number;
  /** Waiting for their turn or for the next attempt. */
  pending: number;
  paused: number;
  missing: number;
}

/** More connections than this take turns on one line, and a browser has six to a host. */
export const PARALLEL = 3;
/** An attempt that moves nothing for so long is dead, whatever the browser thinks of its connection. */
export const WATCHDOG_MS = 45_000;
/** After a sleep or a change of network, an attempt this long without a byte is not waited for. */
const STALE_AFTER_WAKE_MS = 5_000;

interface Run {
  readonly item: Item;
  transfer: Transfer | null;
  over: boolean;
  movedAt: number;
  sentAtStart: number;
  accepted: boolean;
  cancelWatchdog: () => void;
}

export class Queue {
  readonly #parts: QueueParts;
  readonly #items = new Map<number, Item>();
  readonly #runs = new Map<number, Run>();
  readonly #attempts = new Map<number, number>();
  readonly #waiting: Item[] = [];
  readonly #retries = new Set<Item>();
  #waitingFrom = 0;
  #holdUntil = 0;
  #cancelTimer: () => void = () => undefined;
  #nextKey = 1;
  readonly totals: Totals = {
    files: 0,
    bytes: 0,
    sent: 0,
    done: 0,
    failed: 0,
    running: 0,
    pending: 0,
    paused: 0,
    missing: 0,
  };

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  items(): IterableIterator<Item> {
    return this.#items.values();
  }

  get(key: number): Item | undefined {
    return this.#items.get(key);
  }

  /** Takes an item in the state it brings; nothing starts before `pump`. */
  add(given: Omit<Item, "key">): Item {
    const item: Item = { ...given, key: this.#nextKey++ };
    this.#items.set(item.key, item);
    this.totals.files += 1;
    this.totals.bytes += item.size;
    this.totals.sent += item.sent;
    this.#count(item.state, 1);
    if (item.state.kind === "waiting") this.#waiting.push(item);
    this.#parts.changed(item);
    return item;
  }

  /** Starts what may start. Harmless to call at any time. */
  pump(): void {
    this.#cancelTimer();
    this.#cancelTimer = () => undefined;
    const now = this.#parts.clock.now();
    while (this.#runs.size < PARALLEL && now >= this.#holdUntil) {
      const item = this.#takeDue(now) ?? this.#takeWaiting();
      if (!item) break;
      this.#run(item);
    }
    if (this.#runs.size < PARALLEL) this.#sleep(now);
  }

  pause(item: Item): void {
    if (!isOpen(item.state)) return;
    this.#stop(item);
    this.#set(item, { kind: "paused" });
    this.pump();
  }

  resume(item: Item): void {
    if (item.state.kind !== "paused") return;
    this.#enqueue(item);
    this.#holdUntil = 0;
    this.pump();
  }

  pauseAll(): void {
    for (const item of this.#items.values()) {
      if (!isOpen(item.state)) continue;
      this.#stop(item);
      this.#set(item, { kind: "paused" });
    }
  }

  resumeAll(): void {
    for (const item of this.#items.values()) if (item.state.kind === "paused") this.#enqueue(item);
    this.#holdUntil = 0;
    this.pump();
  }

  /** Tries now what failed or waits. What cannot be sent without choosing the file again stays as it is. */
  retry(item: Item): void {
    if (item.state.kind === "retrying") this.#retries.delete(item);
    else if (item.state.kind !== "failed" && item.state.kind !== "paused") return;
    this.#attempts.delete(item.key);
    this.#enqueue(item);
    this.#holdUntil = 0;
    this.pump();
  }

  retryAll(): void {
    for (const item of [...this.#items.values()]) {
      if (item.state.kind === "failed" || item.state.kind === "paused" || item.state.kind === "retrying") {
        this.#retries.delete(item);
        this.#attempts.delete(item.key);
        this.#enqueue(item);
      }
    }
    this.#holdUntil = 0;
    this.pump();
  }

  /** Gives an item (missing, failed or paused) the file that was chosen for it, and sends it. */
  rebind(item: Item, file: File, given: Fingerprint, url: string | null, offset: number): void {
    this.#stop(item);
    this.totals.bytes += given.size - item.size;
    const renewed = Object.assign(item, {
      source: file,
      url,
      size: given.size,
      lastModified: given.lastModified,
    } satisfies Partial<Item>);
    this.#move(renewed, offset);
    this.#attempts.delete(item.key);
    this.#enqueue(renewed);
    this.pump();
  }

  remove(item: Item): void {
    if (!this.#items.has(item.key)) return;
    this.#stop(item);
    this.#count(item.state, -1);
    this.totals.files -= 1;
    this.totals.bytes -= item.size;
    this.totals.sent -= item.sent;
    this.#items.delete(item.key);
    this.#attempts.delete(item.key);
    this.pump();
  }

  /** The page came back, or the network did: nothing waits any longer, and nothing hangs on a dead connection. */
  wake(): void {
    this.#holdUntil = 0;
    const now = this.#parts.clock.now();
    for (const run of [...this.#runs.values()]) {
      if (now - run.movedAt < STALE_AFTER_WAKE_MS) continue;
      this.#end(run);
      this.#enqueue(run.item);
    }
    for (const item of [...this.#retries]) {
      this.#retries.delete(item);
      this.#enqueue(item);
    }
    this.pump();
  }

  /** Whether nothing more happens by itself: every file is done, failed, paused or missing. */
  isSettled(): boolean {
    return this.totals.running === 0 && this.totals.pending === 0;
  }

  #enqueue(item: Item): void {
    this.#set(item, { kind: "waiting" });
    this.#waiting.push(item);
  }

  #takeDue(now: number): Item | null {
    let first: Item | null = null;
    let firstAt = Infinity;
    for (const item of this.#retries) {
      if (item.state.kind === "retrying" && item.state.at <= now && item.state.at < firstAt) {
        first = item;
        firstAt = item.state.at;
      }
    }
    if (first) this.#retries.delete(first);
    return first;
  }

  #takeWaiting(): Item | null {
    while (this.#waitingFrom < this.#waiting.length) {
      const item = this.#waiting[this.#waitingFrom++];
      // Paused, removed or queued twice in the meantime.
      if (item?.state.kind === "waiting" && this.#items.has(item.key) && !this.#runs.has(item.key)) return item;
    }
    this.#waiting.length = 0;
    this.#waitingFrom = 0;
    return null;
  }

  #sleep(now: number): void {
    let at = Infinity;
    if (this.#waitingFrom < this.#waiting.length) at = this.#holdUntil;
    for (const item of this.#retries) if (item.state.kind === "retrying") at = Math.min(at, item.state.at);
    at = Math.max(at, this.#holdUntil);
    if (Number.isFinite(at)) this.#cancelTimer = this.#parts.clock.after(Math.max(0, at - now), () => this.pump());
  }

  #run(item: Item): void {
    const { clock } = this.#parts;
    const run: Run = {
      item,
      transfer: null,
      over: false,
      movedAt: clock.now(),
      sentAtStart: item.sent,
      accepted: false,
      cancelWatchdog: () => undefined,
    };
    this.#runs.set(item.key, run);
    this.#set(item, { kind: "preparing" });
    this.#watch(run);
    const transfer = this.#parts.start(item, this.#eventsFor(run));
    // It may have ended before it returned.
    if (run.over) transfer.abort();
    else run.transfer = transfer;
  }

  #eventsFor(run: Run): TransferEvents {
    const { item } = run;
    const alive =
      <T extends unknown[]>(act: (...values: T) => void) =>
      (...values: T): void => {
        if (!run.over) act(...values);
      };
    return {
      created: alive((url) => {
        item.url = url;
        run.movedAt = this.#parts.clock.now();
      }),
      progress: alive((sent) => this.#progressed(run, sent)),
      accepted: alive((offset, requestSize) => {
        this.#progressed(run, offset);
        run.movedAt = this.#parts.clock.now();
        if (requestSize === 0) {
          // Only asked for: from here on bytes are this attempt's own.
          run.sentAtStart = offset;
          return;
        }
        run.accepted = true;
        this.#parts.chunks.fruitful(requestSize);
        this.#attempts.delete(item.key);
        this.#holdUntil = 0;
      }),
      done: alive((fileId) => {
        this.#end(run);
        this.#attempts.delete(item.key);
        this.#holdUntil = 0;
        this.#move(item, item.size);
        this.#set(item, { kind: "done", fileId });
        this.pump();
      }),
      failed: alive((verdict) => this.#failed(run, verdict)),
    };
  }

  #progressed(run: Run, sent: number): void {
    const { item } = run;
    if (sent > item.sent) run.movedAt = this.#parts.clock.now();
    this.#move(item, sent);
    const kind = item.sent >= item.size ? "verifying" : "uploading";
    if (item.state.kind === kind) this.#parts.changed(item);
    else this.#set(item, { kind });
  }

  #failed(run: Run, verdict: Verdict): void {
    const { item } = run;
    const fruitless = !run.accepted && item.sent > run.sentAtStart;
    this.#end(run);
    switch (verdict.kind) {
      case "retry":
        if (fruitless && verdict.line) this.#parts.chunks.fruitless();
        this.#retryLater(item, verdict.afterMs, verdict.line, verdict.signedOut, false);
        break;
      case "resync":
        this.#retryLater(item, 0, false, false, true);
        break;
      case "restart":
        item.url = null;
        item.uploadId = null;
        this.#move(item, 0);
        this.#retryLater(item, 0, false, false, true);
        break;
      case "too-big":
        if (this.#parts.chunks.refused(verdict.size)) this.#retryLater(item, 0, false, false, true);
        else this.#set(item, { kind: "failed", failure: { kind: "proxy-limit" } });
        break;
      case "changed":
        item.url = null;
        item.uploadId = null;
        this.#move(item, 0);
        this.#set(item, { kind: "failed", failure: { kind: "changed" } });
        break;
      case "refused":
        this.#set(item, { kind: "failed", failure: { kind: "refused", detail: verdict.detail } });
        break;
    }
    this.pump();
  }

  /** `prompt`: the first repetition needs no wait, because the cause is known and gone. */
  #retryLater(item: Item, afterMs: number, line: boolean, signedOut: boolean, prompt: boolean): void {
    const attempt = (this.#attempts.get(item.key) ?? 0) + 1;
    this.#attempts.set(item.key, attempt);
    const now = this.#parts.clock.now();
    const wait = prompt && attempt <= 3 ? 0 : backoffMs(attempt, this.#parts.random, afterMs);
    if (line) this.#holdUntil = Math.max(this.#holdUntil, now + wait);
    this.#retries.add(item);
    this.#set(item, { kind: "retrying", at: now + wait, signedOut });
  }

  #watch(run: Run): void {
    const { clock } = this.#parts;
    const wait = run.movedAt + WATCHDOG_MS - clock.now();
    if (wait <= 0) {
      this.#failed(run, { kind: "retry", line: true, afterMs: 0, signedOut: false });
      return;
    }
    run.cancelWatchdog = clock.after(wait, () => this.#watch(run));
  }

  #stop(item: Item): void {
    const run = this.#runs.get(item.key);
    if (run) this.#end(run);
    this.#retries.delete(item);
  }

  #end(run: Run): void {
    run.over = true;
    run.cancelWatchdog();
    run.transfer?.abort();
    this.#runs.delete(run.item.key);
  }

  #move(item: Item, sent: number): void {
    const clamped = Math.max(0, Math.min(sent, item.size));
    this.totals.sent += clamped - item.sent;
    item.sent = clamped;
  }

  #set(item: Item, state: State): void {
    this.#count(item.state, -1);
    item.state = state;
    this.#count(state, 1);
    this.#parts.changed(item);
  }

  #count(state: State, by: 1 | -1): void {
    switch (state.kind) {
      case "waiting":
      case "retrying":
        this.totals.pending += by;
        break;
      case "preparing":
      case "uploading":
      case "verifying":
        this.totals.running += by;
        break;
      case "done":
      case "failed":
      case "paused":
      case "missing":
        this.totals[state.kind] += by;
        break;
    }
  }
}

/** May still go on by itself, so it can be paused. */
export function isOpen(state: State): boolean {
  switch (state.kind) {
    case "waiting":
    case "preparing":
    case "uploading":
    case "verifying":
    case "retrying":
      return true;
    case "paused":
    case "done":
    case "failed":
    case "missing":
      return false;
  }
}
