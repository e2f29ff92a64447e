// <wb-live data-events="/api/v1/packages/ID/events" data-fragment="/packages/ID/files">...</wb-live>
//
// Keeps a part of the page true: at each event the fragment is fetched again and put in place, without taking the
// focus or the text being typed. A page has one event stream however many parts listen, because HTTP/1.1 gives a browser
// six connections to a host; it is closed while the page is hidden.

/** Events come in bursts (progress of ten files); one fetch answers them all. */
const SETTLE_MS = 300;
const REOPEN_MS = 5_000;

export class WbLive extends HTMLElement {
  #timer: number | undefined;
  #running = false;
  #again = false;

  connectedCallback(): void {
    const url = this.dataset["events"];
    if (url && typeof EventSource === "function") streams.join(url, this);
  }

  disconnectedCallback(): void {
    streams.leave(this);
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something happened: fetch the fragment soon. */
  changed(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      void this.#refresh();
    }, SETTLE_MS);
  }

  async #refresh(): Promise<void> {
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      const answer = await fetch(this.dataset["fragment"] ?? "", {
        headers: { accept: "text/html" },
        credentials: "same-origin",
      });
      // A redirect leads to the sign-in page, which is no fragment.
      if (answer.ok && !answer.redirected) this.#swap(await answer.text());
    } catch {
      // The next event, or the next opening of the stream, tries again.
    } finally {
      this.#running = false;
      if (this.#again) {
        this.#again = false;
        this.changed();
      }
    }
  }

  #swap(html: string): void {
    const template = document.createElement("template");
    template.innerHTML = html;
    const held = heldFocus(this);
    this.replaceChildren(template.content);
    held();
  }
}

/** Remembers what has the focus inside `root`; the answer gives it back to the element that took its place. */
function heldFocus(root: Element): () => void {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !root.contains(focused)) return () => undefined;
  const selector = focused.id ? `#${CSS.escape(focused.id)}` : null;
  const index = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].indexOf(focused);
  const typed = focused instanceof HTMLInputElement || focused instanceof HTMLTextAreaElement ? focused : null;
  return () => {
    const byId = selector ? root.querySelector<HTMLElement>(selector) : null;
    const next = byId ?? [...root.querySelectorAll<HTMLElement>(FOCUSABLE)][index];
    next?.focus({ preventScroll: true });
    if (typed && (next instanceof HTMLInputElement || next instanceof HTMLTextAreaElement)) next.value = typed.value;
  };
}

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

/** One stream per page. All parts of one page listen to the same address in practice; the first one's counts. */
class Streams {
  readonly #parts = new Set<WbLive>();
  #url: string | null = null;
  #source: EventSource | null = null;
  #reopen: number | undefined;

  join(url: string, part: WbLive): void {
    if (this.#parts.size === 0) {
      document.addEventListener("visibilitychange", this.#shown);
      window.addEventListener("pagehide", this.#close);
      window.addEventListener("pageshow", this.#shown);
      this.#url = url;
    }
    this.#parts.add(part);
    this.#open();
  }

  leave(part: WbLive): void {
    this.#parts.delete(part);
    if (this.#parts.size > 0) return;
    document.removeEventListener("visibilitychange", this.#shown);
    window.removeEventListener("pagehide", this.#close);
    window.removeEventListener("pageshow", this.#shown);
    this.#close();
  }

  #open(): void {
    if (this.#source || this.#url === null || document.visibilityState === "hidden") return;
    const source = new EventSource(this.#url);
    let first = true;
    source.onopen = () => {
      // What happened while the stream was away is not told again.
      if (!first || this.#missed) this.#changed();
      first = false;
      this.#missed = false;
    };
    source.onmessage = () => this.#changed();
    // Named events do not reach onmessage; these are the ones the server sends.
    for (const name of EVENT_NAMES) source.addEventListener(name, () => this.#changed());
    source.onerror = () => {
      // The browser reconnects by itself unless the answer was no stream at all.
      if (source.readyState !== EventSource.CLOSED) return;
      this.#close();
      this.#reopen = window.setTimeout(() => this.#open(), REOPEN_MS);
    };
    this.#source = source;
  }

  #missed = false;

  readonly #close = (): void => {
    window.clearTimeout(this.#reopen);
    if (!this.#source) return;
    this.#source.close();
    this.#source = null;
    this.#missed = true;
  };

  readonly #shown = (): void => {
    if (document.visibilityState === "hidden") this.#close();
    else this.#open();
  };

  #changed(): void {
    for (const part of this.#parts) part.changed();
  }
}

const EVENT_NAMES = ["progress", "file", "status", "download", "mail", "package"] as const;

const streams = new Streams();
