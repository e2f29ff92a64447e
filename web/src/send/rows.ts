// The table rows of the files. A change marks its row; rows are written a few times a second, new ones in batches: a table of
// thousands takes longer to lay out than a small file to travel, and would hold the uploads up.
import type { Format } from "../format";
import { percent } from "../format";
import { setText } from "../dom";
import type { Texts } from "../texts";
import { isOpen, type Item } from "../upload/queue";
import { RateMeter } from "../upload/rate";

export interface RowActions {
  pause(item: Item): void;
  /** Goes on with what is paused, tries again what failed. */
  retry(item: Item): void;
  remove(item: Item): void;
}

/** New rows put into the page at a time. */
const ROWS_PER_WRITE = 500;
/** Between two writes. The first one after a rest happens with the next frame. */
const WRITE_EVERY_MS = 200;

interface Row {
  readonly element: HTMLElement;
  readonly name: Element | null;
  readonly size: Element | null;
  readonly state: Element | null;
  readonly bar: Element | null;
  readonly rate: Element | null;
  readonly left: Element | null;
  readonly percent: Element | null;
  readonly pause: HTMLButtonElement | null;
  readonly retry: HTMLButtonElement | null;
  readonly remove: HTMLButtonElement | null;
  readonly meter: RateMeter;
  shown: string;
}

export class Rows {
  readonly #body: HTMLElement;
  readonly #template: HTMLTemplateElement;
  readonly #texts: Texts;
  readonly #format: Format;
  readonly #rows = new Map<number, Row>();
  readonly #items = new WeakMap<Element, Item>();
  readonly #actions: RowActions;
  readonly #dirty = new Map<number, Item>();
  #isScheduled = false;
  #writtenAt = -Infinity;

  constructor(body: HTMLElement, template: HTMLTemplateElement, texts: Texts, format: Format, actions: RowActions) {
    this.#body = body;
    this.#template = template;
    this.#texts = texts;
    this.#format = format;
    this.#actions = actions;
    body.addEventListener("click", (event) => this.#clicked(event));
  }

  /** Takes over a row that the server wrote. */
  adopt(item: Item, element: HTMLElement): void {
    this.#keep(item, element);
    this.changed(item);
  }

  changed(item: Item): void {
    this.#dirty.set(item.key, item);
    this.#schedule();
  }

  /** Takes the row away and gives the focus to its neighbour, or to `otherwise`. */
  remove(item: Item, otherwise: HTMLElement | null): void {
    this.#dirty.delete(item.key);
    const row = this.#rows.get(item.key);
    this.#rows.delete(item.key);
    if (!row) return;
    const hadFocus = row.element.contains(document.activeElement);
    const neighbour = row.element.nextElementSibling ?? row.element.previousElementSibling;
    row.element.remove();
    if (hadFocus) (neighbour?.querySelector<HTMLElement>("[data-remove]") ?? otherwise)?.focus();
  }

  /** Brings the item's row into view with the focus on its first button. */
  focus(item: Item): void {
    const row = this.#rows.get(item.key);
    row?.element.scrollIntoView({ block: "nearest" });
    const button = [row?.retry, row?.remove].find((candidate) => candidate && !candidate.hidden);
    button?.focus();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const wait = Math.max(0, this.#writtenAt + WRITE_EVERY_MS - performance.now());
    window.setTimeout(() => requestAnimationFrame(() => this.#write()), wait);
  }

  #write(): void {
    this.#isScheduled = false;
    this.#writtenAt = performance.now();
    const fresh = document.createDocumentFragment();
    let made = 0;
    for (const [key, item] of this.#dirty) {
      let row = this.#rows.get(key);
      if (!row) {
        if (made >= ROWS_PER_WRITE) continue;
        made += 1;
        row = this.#make(item, fresh);
      }
      this.#dirty.delete(key);
      if (row) this.#render(row, item);
    }
    if (made > 0) this.#body.append(fresh);
    if (this.#dirty.size > 0) this.#schedule();
  }

  #make(item: Item, into: DocumentFragment): Row | undefined {
    const copy = this.#template.content.cloneNode(true);
    if (!(copy instanceof DocumentFragment)) return undefined;
    const element = copy.firstElementChild;
    if (!(element instanceof HTMLElement)) return undefined;
    into.append(copy);
    return this.#keep(item, element);
  }

  #keep(item: Item, element: HTMLElement): Row {
    const slot = (name: string): HTMLElement | null => element.querySelector<HTMLElement>(`[data-${name}]`);
    const button = (name: string): HTMLButtonElement | null =>
      element.querySelector<HTMLButtonElement>(`button[data-${name}]`);
    const row: Row = {
      element,
      name: slot("name"),
      size: slot("size"),
      state: slot("state"),
      bar: slot("bar"),
      rate: slot("rate"),
      left: slot("left"),
      percent: slot("percent"),
      pause: button("pause"),
      retry: button("retry"),
      remove: button("remove"),
      meter: new RateMeter(),
      shown: "",
    };
    this.#rows.set(item.key, row);
    this.#items.set(element, item);
    const file = item.path;
    if (row.name && row.name.textContent?.trim() === "") row.name.textContent = file;
    if (row.size) setText(row.size, this.#format.size(item.size));
    row.bar?.setAttribute("aria-label", this.#texts.get("progress-of", { file }));
    this.#nameButton(row.pause, "pause", "pause-file", file);
    this.#nameButton(row.remove, null, "remove-file", file);
    return row;
  }

  #render(row: Row, item: Item): void {
    const { kind } = item.state;
    if (kind === "uploading") row.meter.sample(performance.now(), item.sent);
    else row.meter.pause();
    if (item.size > 0 && row.size) setText(row.size, this.#format.size(item.size));
    if (row.shown !== kind) this.#renderKind(row, item);
    const done = kind === "done";
    const whole = done ? 100 : percent(item.sent, item.size);
    // Only an answer makes it a hundred.
    const shown = done ? 100 : Math.min(whole, item.size === 0 ? 0 : 99);
    setBar(row.bar, shown);
    setText(row.percent, done || kind === "failed" ? "" : this.#texts.get("percent-done", { percent: shown }));
    setText(row.state, stateText(item, this.#texts, Date.now()));
    const rate = kind === "uploading" ? row.meter.bytesPerSecond() : null;
    setText(row.rate, rate === null ? "" : this.#texts.get("rate-now", { rate: this.#format.rate(rate) }));
    const left = kind === "uploading" ? row.meter.secondsLeft(item.size - item.sent) : null;
    setText(row.left, left === null ? "" : this.#texts.get("time-left", { left: this.#format.duration(left) }));
  }

  #renderKind(row: Row, item: Item): void {
    const { kind } = item.state;
    row.shown = kind;
    row.element.dataset["state"] = stateName(item);
    const canPause = isOpen(item.state);
    const canRetry = kind === "failed" || kind === "paused" || kind === "retrying";
    const held = document.activeElement;
    if (row.pause) row.pause.hidden = !canPause;
    if (row.retry) {
      row.retry.hidden = !canRetry;
      const isPaused = kind === "paused";
      this.#nameButton(row.retry, isPaused ? "resume" : null, isPaused ? "resume-file" : "retry-file", item.path);
    }
    // A button that hides itself hands its focus to the one that took its place.
    if (held === row.pause && row.pause?.hidden) [row.retry, row.remove].find((next) => next && !next.hidden)?.focus();
    if (held === row.retry && row.retry?.hidden) [row.pause, row.remove].find((next) => next && !next.hidden)?.focus();
  }

  #nameButton(
    button: HTMLButtonElement | null,
    label: "pause" | "resume" | null,
    name: "pause-file" | "resume-file" | "retry-file" | "remove-file",
    file: string,
  ): void {
    if (!button) return;
    const text = this.#texts.get(name, { file });
    button.setAttribute("aria-label", text);
    button.title = label === null ? text : this.#texts.get(label);
  }

  #clicked(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest("button") : null;
    const element = target?.closest("tr");
    const item = element ? this.#items.get(element) : undefined;
    if (!target || !item) return;
    if (target.hasAttribute("data-pause")) this.#actions.pause(item);
    else if (target.hasAttribute("data-retry")) this.#actions.retry(item);
    else if (target.hasAttribute("data-remove")) this.#actions.remove(item);
  }
}

/** The state as styles know it: an offline or signed-out wait has a name of its own. */
function stateName(item: Item): string {
  if (item.state.kind !== "retrying") return item.state.kind;
  if (item.state.signedOut) return "signed-out";
  return navigator.onLine ? "retrying" : "offline";
}

function stateText(item: Item, texts: Texts, now: number): string {
  const { state } = item;
  switch (state.kind) {
    case "retrying": {
      const seconds = Math.max(1, Math.ceil((state.at - now) / 1000));
      if (state.signedOut) return texts.get("state-signed-out", { seconds });
      return navigator.onLine ? texts.get("state-retrying", { seconds }) : texts.get("state-offline");
    }
    case "failed":
      return texts.get("state-failed", { detail: failureText(item, texts) });
    case "missing":
      return texts.get("state-choose-again", { percent: percent(item.sent, item.size) });
    case "waiting":
    case "preparing":
    case "uploading":
    case "verifying":
    case "paused":
    case "done":
      return texts.get(`state-${state.kind}`);
  }
}

/** Why an item failed, in the server's words where it had some. */
export function failureText(item: Item, texts: Texts): string {
  if (item.state.kind !== "failed") return "";
  const { failure } = item.state;
  switch (failure.kind) {
    case "changed":
      return texts.get("problem-changed");
    case "proxy-limit":
      return texts.get("problem-proxy-limit");
    case "refused":
      return failure.detail || texts.get("problem-refused");
  }
}

/** A `progress` element, or anything that plays its role; styles of the latter read `--done`. */
export function setBar(bar: Element | null, value: number): void {
  if (bar instanceof HTMLProgressElement) {
    bar.max = 100;
    if (bar.value !== value) bar.value = value;
    return;
  }
  if (!(bar instanceof HTMLElement) || bar.getAttribute("aria-valuenow") === String(value)) return;
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  bar.setAttribute("aria-valuenow", String(value));
  bar.style.setProperty("--done", String(value / 100));
}
