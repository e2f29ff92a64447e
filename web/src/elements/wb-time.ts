// <wb-time><time datetime="2026-11-22T14:03:00Z">22 Nov 2026, 14:03 UTC</time></wb-time>
//
// Shows the same instant in the reader's own zone, with the zone's name, and keeps the server's text as the title. Without
// script, or with a time it cannot read, the server's text stays. `data-style="date"` leaves the time of day out.

export class WbTime extends HTMLElement {
  static readonly observedAttributes = ["data-style"];

  connectedCallback(): void {
    this.#render();
  }

  attributeChangedCallback(): void {
    this.#render();
  }

  #render(): void {
    const time = this.querySelector("time");
    const at = time ? new Date(time.dateTime) : null;
    if (!time || !at || Number.isNaN(at.getTime())) return;
    if (!time.title) time.title = time.textContent?.trim() ?? "";
    time.textContent = localTime(at, document.documentElement.lang, this.dataset["style"] === "date");
  }
}

/** `22 Nov 2026, 15:03 CET`, in `zone` or the reader's own. */
export function localTime(at: Date, language: string, dateOnly: boolean, zone?: string): string {
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric" };
  if (!dateOnly) Object.assign(options, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  if (zone) options.timeZone = zone;
  try {
    return new Intl.DateTimeFormat(language || undefined, options).format(at);
  } catch {
    return new Intl.DateTimeFormat(undefined, options).format(at);
  }
}
