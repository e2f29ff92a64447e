// <wb-time><time datetime="2026-11-22T14:03:00Z">22 Nov 2026, 14:03 UTC</time></wb-time>
//
// Shows the same instant in the reader's own zone, with the zone's name, and keeps the server's text as the title. Without
// script, or with a time it cannot read, the server's text stays. `data-style="date"` leaves the time of day out.

import { localTime } from "./local-time";

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
