// The files of one page: what was chosen, what is on its way, and how that is shown and said. Used wherever files are
// sent; what the files belong to is told by the parts handed in.
import { removeFile, dropUpload, getPackage, type PackageState } from "../api";
import { announce, setText } from "../dom";
import { percent, type Format } from "../format";
import type { Texts } from "../texts";
import { isUnchanged } from "../upload/changed";
import { ChunkSize } from "../upload/chunks";
import { isOpen, Queue, type Clock, type Item, type StartTransfer, type State } from "../upload/queue";
import { RateMeter } from "../upload/rate";
import { UploadRecords, type Fingerprint } from "../upload/records";
import { planFor, type Unfinished } from "../upload/resume";
import { terminate, tusTransfers, type UploadTarget } from "../upload/tus";
import { Awake } from "./awake";
import type { Choice } from "./collect";
import { listenForFiles } from "./intake";
import { failureText, Rows, setBar } from "./rows";
import type { Missing } from "./recap";

export interface UploaderParts {
  readonly root: HTMLElement;
  readonly texts: Texts;
  readonly format: Format;
  /** Where uploads are asked for; may wait for a draft to be made, rejects with TargetRefused. */
  readonly target: () => Promise<UploadTarget>;
  /** Bytes; null where there is no limit. */
  readonly maxFile: number | null;
  readonly maxTotal: number | null;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = window.setTimeout(call, ms);
    return () => window.clearTimeout(timer);
  },
};

const TICK_MS = 1_000;
/** Someone who listens instead of looking hears how far it is this often. */
const SAY_EVERY_PERCENT = 10;
const SAY_EVERY_MS = 15_000;

export class Uploader {
  readonly #parts: UploaderParts;
  readonly #queue: Queue;
  readonly #rows: Rows | null;
  readonly #awake = new Awake();
  readonly #meter = new RateMeter();
  readonly #end = new AbortController();
  readonly #waiting: (() => void)[] = [];
  readonly #removedFiles = new Set<string>();
  readonly #removedUploads = new Set<string>();
  #removals: Promise<unknown> = Promise.resolve();
  #ready: Promise<void> = Promise.resolve();
  #unfinished: readonly Unfinished[] = [];
  #complete: ReadonlySet<string> = new Set();
  #packageId: string | null = null;
  #records: UploadRecords | null = null;
  #checking = false;
  #ticking: number | undefined;
  #saidPercent = 0;
  #saidAt = 0;
  #wasMoving = false;

  constructor(parts: UploaderParts) {
    this.#parts = parts;
    const chunks = new ChunkSize();
    this.#queue = new Queue({
      start: this.#remembering(tusTransfers(parts.target, chunks)),
      clock: browserClock,
      random: Math.random,
      chunks,
      changed: (item) => this.#changed(item),
    });
    const body = parts.root.querySelector<HTMLElement>("[data-uploads]");
    const template = parts.root.querySelector<HTMLTemplateElement>("template[data-upload-row]");
    this.#rows = body && template ? new Rows(body, template, parts.texts, parts.format, this.#actions()) : null;
    this.#listen();
  }

  get totals(): Queue["totals"] {
    return this.#queue.totals;
  }

  /** The package exists: from here on this browser remembers its uploads. */
  belongsTo(packageId: string): void {
    this.#packageId = packageId;
    this.#records = new UploadRecords(storage(), packageId, () => Date.now());
    this.#records.purge();
    for (const item of this.#queue.items()) if (item.url) this.#records.saveUrl(item, item.url);
  }

  /** Takes over what an earlier visit left, once `load` tells it. Files chosen before that wait for it. */
  continueFrom(load: Promise<PackageState>): void {
    this.#ready = load.then((state) => this.#restore(state));
  }

  /** Resolves when nothing more happens by itself: all is done, failed, paused or waits for its file. */
  async settled(): Promise<void> {
    await this.#ready;
    if (this.#queue.isSettled()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** What has not arrived, for the recap. */
  missing(): Missing[] {
    return [...this.#queue.items()]
      .filter(({ state }) => state.kind !== "done")
      .map((item) => ({ name: item.path, reason: this.#reason(item) }));
  }

  retryAll(): void {
    this.#queue.retryAll();
  }

  /**
   * Makes the server's list match the rows: what was removed here goes there too, uploads whose creating answer got lost
   * are dropped. Answers what others have begun and not finished. Rejects with an ApiError.
   */
  async reconcile(packageId: string): Promise<Missing[]> {
    await this.#removals;
    const state = await getPackage(packageId);
    for (const { id } of state.files) if (this.#removedFiles.has(id)) await removeFile(packageId, id);
    const items = [...this.#queue.items()];
    const elsewhere: Missing[] = [];
    for (const upload of state.uploads) {
      const isShown = items.some(
        (item) => item.state.kind !== "done" && (item.url === upload.url || item.uploadId === upload.id),
      );
      if (isShown) continue;
      const isStray =
        this.#removedUploads.has(upload.url) ||
        this.#removedUploads.has(upload.id) ||
        items.some((item) => item.path === upload.path && item.size === upload.size);
      if (isStray) await dropUpload(packageId, upload.id);
      else elsewhere.push({ name: upload.path, reason: this.#parts.texts.get("recap-elsewhere") });
    }
    return elsewhere;
  }

  /** All was sent: nothing is remembered, nothing asks before the page is left. */
  finish(): void {
    this.#records?.forgetAll();
    this.stop();
  }

  stop(): void {
    this.#end.abort();
    this.#queue.pauseAll();
    window.clearInterval(this.#ticking);
    this.#awake.moving(false);
    this.#awake.title(null);
  }

  say(text: string): void {
    const { root } = this.#parts;
    announce(root.querySelector("[data-announce]") ?? root.querySelector("[data-summary]"), text);
  }

  focusPicker(): void {
    this.#picker()?.focus();
  }

  #listen(): void {
    const { signal } = this.#end;
    const { root, texts } = this.#parts;
    listenForFiles(
      {
        root,
        chosen: (choices) => void this.#ready.then(() => this.#choose(choices)),
        unreadable: (file) => this.say(texts.get("problem-folder-unreadable", { file })),
      },
      signal,
    );
    const wake = (): void => {
      if (document.visibilityState === "visible") this.#queue.wake();
    };
    window.addEventListener("pageshow", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    window.addEventListener(
      "online",
      () => {
        if (!this.#queue.isSettled()) this.say(texts.get("summary-online"));
        this.#queue.wake();
      },
      { signal },
    );
    window.addEventListener(
      "offline",
      () => {
        if (!this.#queue.isSettled()) this.say(texts.get("summary-offline"));
      },
      { signal },
    );
    // Where the summary is read aloud elsewhere, it may change every second without being heard.
    if (root.querySelector("[data-announce]")) root.querySelector("[data-summary]")?.setAttribute("aria-live", "off");
    const button = root.querySelector<HTMLElement>("[data-pause-all]");
    button?.addEventListener(
      "click",
      () => {
        if (this.#queue.isSettled()) this.#queue.resumeAll();
        else this.#queue.pauseAll();
      },
      { signal },
    );
  }

  #actions(): ConstructorParameters<typeof Rows>[4] {
    return {
      pause: (item) => this.#queue.pause(item),
      retry: (item) => {
        if (item.state.kind === "paused") this.#queue.resume(item);
        else this.#queue.retry(item);
      },
      remove: (item) => this.#remove(item),
    };
  }

  #choose(choices: readonly Choice[]): void {
    let added = 0;
    const rows = new Map<string, Item[]>();
    for (const item of this.#queue.items()) {
      const same = rows.get(item.path);
      if (same) same.push(item);
      else rows.set(item.path, [item]);
    }
    for (const { file, path } of choices) {
      const chosen: Fingerprint = { path, size: file.size, lastModified: file.lastModified };
      const same = rows.get(path) ?? [];
      const again = same.find(
        (item) => item.source === null && item.state.kind === "missing" && item.size === file.size,
      );
      if (again) {
        this.#queue.rebind(again, file, chosen, again.url, again.sent);
        continue;
      }
      // The same file once more, or a better copy of one that failed.
      const known = same.find((item) => item.source !== null && isUnchanged(item, file));
      if (known && known.state.kind !== "failed") continue;
      const failed = known ?? same.find((item) => item.state.kind === "failed" && item.source !== null);
      if (failed) {
        if (failed.url) void this.#quietly(terminate(failed.url));
        this.#queue.rebind(failed, file, chosen, null, 0);
        continue;
      }
      const item = this.#add(file, chosen);
      rows.set(path, [...same, item]);
      added += 1;
    }
    if (added > 0) this.say(this.#parts.texts.get("summary-added", { count: added }));
    this.#queue.pump();
    this.#tick();
  }

  #add(file: File, chosen: Fingerprint): Item {
    const taken = new Set([...this.#openUrls()]);
    const free = this.#unfinished.filter((upload) => !taken.has(upload.url));
    const plan = planFor(chosen, this.#records?.find(chosen) ?? null, free, this.#complete);
    const tooMuch = this.#limitPassed(file);
    const state: State =
      plan.kind === "done"
        ? { kind: "done", fileId: plan.fileId }
        : tooMuch !== null
          ? { kind: "failed", failure: { kind: "refused", detail: tooMuch } }
          : { kind: "waiting" };
    return this.#queue.add({
      ...chosen,
      name: file.name,
      type: file.type,
      source: file,
      url: plan.kind === "resume" ? plan.url : null,
      uploadId: plan.kind === "resume" ? plan.uploadId : null,
      sent: plan.kind === "resume" ? plan.offset : plan.kind === "done" ? file.size : 0,
      state,
    });
  }

  #openUrls(): string[] {
    if (this.#unfinished.length === 0) return [];
    return [...this.#queue.items()].flatMap((item) => (item.url === null ? [] : [item.url]));
  }

  /** Said when the file is chosen, not after it has travelled. */
  #limitPassed(file: File): string | null {
    const { maxFile, maxTotal, texts, format } = this.#parts;
    if (maxFile !== null && file.size > maxFile) {
      return texts.get("problem-too-large", { limit: format.size(maxFile) });
    }
    if (maxTotal !== null && this.#queue.totals.bytes + file.size > maxTotal) {
      return texts.get("problem-too-many", { limit: format.size(maxTotal) });
    }
    return null;
  }

  #restore(state: PackageState): void {
    const row = (name: "file" | "upload", id: string): HTMLElement | null =>
      this.#parts.root.querySelector<HTMLElement>(`[data-uploads] [data-${name}="${CSS.escape(id)}"]`);
    this.#complete = new Set(state.files.map(({ id }) => id));
    this.#unfinished = state.uploads;
    for (const { id, path, name, size } of state.files) {
      const done: State = { kind: "done", fileId: id };
      this.#adopt({ path, name, size, sent: size, uploadId: null, url: null, state: done }, row("file", id));
    }
    for (const { id, path, size, offset, url } of state.uploads) {
      const name = path.slice(path.lastIndexOf("/") + 1);
      const item = {
        path,
        name,
        size,
        sent: offset,
        uploadId: id,
        url: url || null,
        state: { kind: "missing" } as const,
      };
      this.#adopt(item, row("upload", id));
    }
    const missing = [...this.#queue.items()].filter((item) => item.state.kind === "missing");
    if (missing.length > 0) {
      const here = missing.reduce((sum, item) => sum + item.sent, 0);
      const all = missing.reduce((sum, item) => sum + item.size, 0);
      this.say(this.#parts.texts.get("summary-choose-again", { percent: percent(here, all) }));
    }
    this.#tick();
  }

  #adopt(
    given: Pick<Item, "path" | "name" | "size" | "sent" | "uploadId" | "url" | "state">,
    row: HTMLElement | null,
  ): void {
    const item = this.#queue.add({ ...given, lastModified: 0, type: "", source: null });
    if (row) this.#rows?.adopt(item, row);
  }

  #remove(item: Item): void {
    this.#rows?.remove(item, this.#picker());
    this.#queue.remove(item);
    this.#records?.forget(item);
    this.say(this.#parts.texts.get("summary-removed", { file: item.path }));
    this.#removals = this.#quietly(Promise.all([this.#removals, this.#removeThere(item)]));
    this.#changed(null);
    this.#tick();
  }

  /** Best effort; what does not work out here is done by `reconcile` before anything is sent. */
  async #removeThere(item: Item): Promise<void> {
    const packageId = this.#packageId;
    if (packageId === null) return;
    if (item.state.kind === "done") {
      const { fileId } = item.state;
      const id =
        fileId ??
        (await getPackage(packageId)).files.find((file) => file.path === item.path && file.size === item.size)?.id;
      if (id === undefined) return;
      this.#removedFiles.add(id);
      await removeFile(packageId, id);
      this.#removedFiles.delete(id);
      return;
    }
    if (item.url !== null) this.#removedUploads.add(item.url);
    if (item.uploadId !== null) this.#removedUploads.add(item.uploadId);
    if (item.url !== null) await terminate(item.url);
    else if (item.uploadId !== null) await dropUpload(packageId, item.uploadId);
  }

  async #quietly(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch {
      // Told by `reconcile`, where it matters.
    }
  }

  /** Writes down where each file goes, so that this browser finds it again. */
  #remembering(start: StartTransfer): StartTransfer {
    return (item, events) =>
      start(item, {
        ...events,
        created: (url) => {
          this.#records?.saveUrl(item, url);
          events.created(url);
        },
        done: (fileId) => {
          if (fileId !== null) this.#records?.saveDone(item, item.url ?? "", fileId);
          events.done(fileId);
        },
        failed: (verdict) => {
          if (verdict.kind === "restart" || verdict.kind === "changed") this.#records?.forget(item);
          events.failed(verdict);
        },
      });
  }

  #changed(item: Item | null): void {
    if (item) this.#rows?.changed(item);
    if (this.#checking) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      this.#check();
    });
  }

  #check(): void {
    const { totals } = this.#queue;
    const isSettled = this.#queue.isSettled();
    this.#awake.moving(!isSettled && !this.#end.signal.aborted);
    if (isSettled) {
      for (const resolve of this.#waiting.splice(0)) resolve();
      window.clearInterval(this.#ticking);
      this.#ticking = undefined;
      if (this.#wasMoving) this.#sayEnd();
      this.#tick();
    } else if (this.#ticking === undefined && !this.#end.signal.aborted) {
      this.#ticking = window.setInterval(() => this.#tick(), TICK_MS);
      this.#saidPercent = percent(totals.sent, totals.bytes);
      this.#saidAt = Date.now();
      this.#meter.pause();
    }
    this.#wasMoving = !isSettled;
  }

  #sayEnd(): void {
    const { totals } = this.#queue;
    const { texts, format } = this.#parts;
    if (totals.failed > 0) this.say(texts.get("summary-failed", { count: format.count(totals.failed) }));
    else if (totals.files > 0 && totals.done === totals.files) {
      this.say(texts.get("summary-done", { total: format.count(totals.files) }));
    }
  }

  /** Once a second while something happens, and after each change of what there is. */
  #tick(): void {
    const { texts, format, root } = this.#parts;
    const { totals } = this.#queue;
    const isMoving = !this.#queue.isSettled();
    if (isMoving) this.#meter.sample(performance.now(), totals.sent);
    // Rates sink and countdowns go on without any event.
    for (const item of this.#queue.items()) {
      if (item.state.kind === "retrying" || item.state.kind === "uploading") this.#rows?.changed(item);
    }
    const allDone = totals.done === totals.files;
    const whole = allDone ? percent(totals.sent, totals.bytes) : Math.min(99, percent(totals.sent, totals.bytes));
    this.#awake.title(isMoving ? (title) => texts.get("tab-title", { percent: whole, title }) : null);
    const seconds = isMoving ? this.#meter.secondsLeft(totals.bytes - totals.sent) : null;
    const left = seconds === null ? null : format.duration(seconds);
    const rate = isMoving ? this.#meter.bytesPerSecond() : null;
    const shown = {
      files: texts.get("files-of", { done: format.count(totals.done), total: format.count(totals.files) }),
      size: texts.get("size-of", { done: format.size(totals.sent), total: format.size(totals.bytes) }),
      rate: rate === null ? "" : texts.get("rate-now", { rate: format.rate(rate) }),
      left: left === null ? "" : texts.get("time-left", { left }),
    };
    const line = [shown.files, allDone ? format.size(totals.bytes) : shown.size, shown.rate, shown.left];
    const summary = root.querySelector("[data-summary]");
    if (root.querySelector("[data-announce]")) setText(summary, line.filter((part) => part !== "").join(" · "));
    this.#showOverall(shown, whole, isMoving);
    if (isMoving) this.#sayProgress(whole, left);
  }

  #showOverall(shown: Record<"files" | "size" | "rate" | "left", string>, whole: number, isMoving: boolean): void {
    const { root, texts } = this.#parts;
    const overall = root.querySelector<HTMLElement>("[data-overall]");
    if (!overall) return;
    const { totals } = this.#queue;
    overall.hidden = totals.files === 0 || totals.done === totals.files;
    const bar = overall.querySelector("[data-bar]");
    bar?.setAttribute("aria-label", texts.get("progress-all"));
    setBar(bar, whole);
    setText(overall.querySelector("[data-percent]"), texts.get("percent-done", { percent: whole }));
    setText(overall.querySelector("[data-files]"), shown.files);
    setText(overall.querySelector("[data-size]"), shown.size);
    setText(overall.querySelector("[data-rate]"), shown.rate);
    setText(overall.querySelector("[data-left]"), shown.left);
    const button = overall.querySelector<HTMLElement>("[data-pause-all]");
    if (!button) return;
    button.hidden = !isMoving && totals.paused === 0;
    setText(button.querySelector("[data-label]") ?? button, texts.get(isMoving ? "pause-all" : "resume-all"));
  }

  #sayProgress(whole: number, left: string | null): void {
    const { texts, format } = this.#parts;
    const { totals } = this.#queue;
    const now = Date.now();
    if (whole < this.#saidPercent + SAY_EVERY_PERCENT && now - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidPercent = whole;
    this.#saidAt = now;
    const values = { percent: whole, done: format.count(totals.done), total: format.count(totals.files) };
    this.say(
      left === null ? texts.get("summary-progress", values) : texts.get("summary-progress-left", { ...values, left }),
    );
  }

  #reason(item: Item): string {
    const { texts } = this.#parts;
    if (item.state.kind === "missing") {
      return texts.get("state-choose-again", { percent: percent(item.sent, item.size) });
    }
    if (item.state.kind === "failed") return failureText(item, texts);
    return isOpen(item.state) ? "" : texts.get("state-paused");
  }

  #picker(): HTMLElement | null {
    return this.#parts.root.querySelector<HTMLElement>("input[type=file]");
  }
}

/** Absent in some private windows, and throwing in others. */
function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
