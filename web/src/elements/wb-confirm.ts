// <wb-confirm data-title="Revoke the link?" data-text="Nobody can ..." data-yes="Revoke" data-no="Keep it"><form ...></wb-confirm>
//
// Asks in a dialog before the form inside is sent. Without script, or without <dialog>, the form is sent as it is: whatever
// must not happen by accident needs its own page or an undo as well.

export class WbConfirm extends HTMLElement {
  #confirmed = false;

  connectedCallback(): void {
    this.addEventListener("submit", this.#submitted);
  }

  disconnectedCallback(): void {
    this.removeEventListener("submit", this.#submitted);
  }

  readonly #submitted = (event: SubmitEvent): void => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || typeof HTMLDialogElement !== "function") return;
    // The question's own buttons: their form lies in here too, and it must close the dialog.
    if (form.method === "dialog") return;
    if (this.#confirmed) {
      this.#confirmed = false;
      return;
    }
    event.preventDefault();
    const { submitter } = event;
    this.#ask(() => {
      this.#confirmed = true;
      form.requestSubmit(submitter);
    });
  };

  #ask(confirmed: () => void): void {
    const dialog = document.createElement("dialog");
    dialog.className = "confirm";
    const title = document.createElement("h2");
    title.textContent = this.dataset["title"] ?? "";
    title.id = `confirm-${Math.random().toString(36).slice(2)}`;
    dialog.setAttribute("aria-labelledby", title.id);
    const text = document.createElement("p");
    text.textContent = this.dataset["text"] ?? "";
    const actions = document.createElement("form");
    actions.method = "dialog";
    actions.className = "actions";
    // First in order, so that Enter and the first focus do the harmless thing.
    actions.append(button("no", this.dataset["no"] ?? ""), button("yes", this.dataset["yes"] ?? ""));
    dialog.append(title, text, actions);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "yes") confirmed();
    });
    this.append(dialog);
    dialog.showModal();
  }
}

function button(value: string, label: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.value = value;
  made.textContent = label;
  if (value === "yes") made.className = "danger";
  return made;
}
