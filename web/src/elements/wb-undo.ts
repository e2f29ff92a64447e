// <wb-undo data-seconds="10"><form method="post" action=".../undelete"><button>Undo</button></form><output></output></wb-undo>
//
// Counts down the seconds in which a deletion can be taken back, then hides the button and says that it is over. The server
// decides; this only shows it. The live region speaks twice, not every second.
import { textsFor } from "../texts";

export class WbUndo extends HTMLElement {
  #timer: number | undefined;

  connectedCallback(): void {
    const seconds = Number(this.dataset["seconds"]);
    if (!Number.isFinite(seconds) || seconds <= 0) return;
    const endsAt = performance.now() + seconds * 1000;
    const texts = textsFor(this);
    const region = this.#region();
    const counter = document.createElement("span");
    counter.setAttribute("aria-hidden", "true");
    this.append(counter);
    region.classList.add("unseen");
    region.textContent = texts.get("undo-left", { seconds });
    const tick = (): void => {
      const left = Math.ceil((endsAt - performance.now()) / 1000);
      if (left > 0) {
        counter.textContent = texts.get("undo-left", { seconds: left });
        this.#timer = window.setTimeout(tick, 250);
        return;
      }
      counter.remove();
      region.classList.remove("unseen");
      region.textContent = texts.get("undo-over");
      this.querySelector("form")?.remove();
    };
    tick();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.#timer);
  }

  #region(): HTMLOutputElement {
    const known = this.querySelector("output");
    if (known) return known;
    const made = document.createElement("output");
    this.append(made);
    return made;
  }
}
