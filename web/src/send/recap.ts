// What did not arrive, listed, with the two things one can do about it. A partial set is never sent by itself.
import type { Texts } from "../texts";

export interface Missing {
  readonly name: string;
  readonly reason: string;
}

/** Names shown; the rows above tell the rest. */
const LISTED = 50;

export class Recap {
  readonly #region: HTMLElement;
  readonly #texts: Texts;

  constructor(region: HTMLElement, texts: Texts) {
    this.#region = region;
    this.#texts = texts;
  }

  /** `sendWithout` is null where nothing would be left to send. */
  show(missing: readonly Missing[], retry: () => void, sendWithout: (() => void) | null): void {
    const title = document.createElement("h2");
    title.tabIndex = -1;
    title.textContent = this.#texts.get("recap-title");
    const text = document.createElement("p");
    text.textContent = this.#texts.get("recap-text", { count: missing.length });
    const list = document.createElement("ul");
    for (const { name, reason } of missing.slice(0, LISTED)) {
      const line = document.createElement("li");
      const file = document.createElement("bdi");
      file.textContent = name;
      line.append(file, reason === "" ? "" : `: ${reason}`);
      list.append(line);
    }
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    buttons.append(this.#button("recap-retry", "button", retry));
    if (sendWithout) buttons.append(this.#button("recap-send-without", "button quiet", sendWithout));
    this.#region.classList.add("notice", "bad", "recap");
    this.#region.replaceChildren(title, text, list, buttons);
    this.#region.hidden = false;
    title.focus();
  }

  hide(): void {
    this.#region.hidden = true;
    this.#region.replaceChildren();
  }

  #button(label: "recap-retry" | "recap-send-without", className: string, act: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.textContent = this.#texts.get(label);
    button.addEventListener("click", act);
    return button;
  }
}
