// <wb-copy data-value="https://..."><button type="button">Copy link</button><output></output></wb-copy>
//
// Copies `data-value`, says so in the button ([data-copied] for styles) and in the live region, and where copying is not allowed
// selects the text field before it or the one named by `data-field` (or shows the value itself, selected) for copying by hand.
import { labelOf, setLabel } from "../dom";
import { textsFor } from "../texts";

const CONFIRMED_FOR_MS = 2_500;

export class WbCopy extends HTMLElement {
  #timer: number | undefined;
  #label: string | null = null;

  connectedCallback(): void {
    this.addEventListener("click", this.#clicked);
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#clicked);
    window.clearTimeout(this.#timer);
  }

  readonly #clicked = (event: MouseEvent): void => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    event.preventDefault();
    void this.#copy(button);
  };

  async #copy(button: HTMLButtonElement): Promise<void> {
    const value = this.dataset["value"] ?? "";
    const texts = textsFor(this);
    if (!(await copied(value))) {
      this.#selectByHand(value);
      this.#say(texts.get("copy-by-hand"));
      return;
    }
    const words = labelOf(button);
    if (this.#label === null && words !== null) this.#label = words;
    // The width must not jump under the pointer.
    button.style.minInlineSize = `${button.getBoundingClientRect().width}px`;
    this.toggleAttribute("data-copied", true);
    if (this.#label !== null) setLabel(button, texts.get("copy-done"));
    this.#say(texts.get("copy-done"));
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (this.#label !== null) setLabel(button, this.#label);
      this.toggleAttribute("data-copied", false);
      this.#say("");
    }, CONFIRMED_FOR_MS);
  }

  #selectByHand(value: string): void {
    const named = this.dataset["field"];
    const beside = this.previousElementSibling;
    let field = named
      ? document.getElementById(named)
      : beside instanceof HTMLInputElement
        ? beside
        : this.querySelector("input");
    if (!(field instanceof HTMLInputElement)) {
      field = document.createElement("input");
      field.setAttribute("readonly", "");
      field.setAttribute("aria-label", this.querySelector("button")?.textContent?.trim() ?? "");
      if (field instanceof HTMLInputElement) field.value = value;
      this.append(field);
    }
    if (field instanceof HTMLInputElement) {
      field.focus();
      field.select();
    }
  }

  #say(text: string): void {
    let region = this.querySelector("output");
    if (!region) {
      region = document.createElement("output");
      region.className = "unseen";
      this.append(region);
    }
    region.textContent = text;
  }
}

/** The clipboard needs a secure context; the old command works over plain HTTP in a company's network. */
async function copied(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copiedByCommand(value);
  }
}

function copiedByCommand(value: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = value;
  area.setAttribute("aria-hidden", "true");
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
