// <wb-reveal data-show="Show" data-hide="Hide"><input type="password"></wb-reveal>
//
// Adds a button that shows what was typed, and hides it again. When the form is sent it is hidden, so that the browser does
// not keep it among the words that were typed before.
export class WbReveal extends HTMLElement {
  #button: HTMLButtonElement | null = null;

  connectedCallback(): void {
    const field = this.querySelector("input");
    if (!field || this.#button) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    if (field.id !== "") button.setAttribute("aria-controls", field.id);
    this.#button = button;
    this.#set(field, false);
    button.addEventListener("click", () => {
      this.#set(field, field.type === "password");
      field.focus();
    });
    field.form?.addEventListener("submit", () => this.#set(field, false));
    this.append(button);
  }

  #set(field: HTMLInputElement, isShown: boolean): void {
    field.type = isShown ? "text" : "password";
    if (this.#button) this.#button.textContent = (isShown ? this.dataset["hide"] : this.dataset["show"]) ?? "";
  }
}
