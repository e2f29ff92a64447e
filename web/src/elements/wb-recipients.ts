// <wb-recipients><textarea name="recipients">Anna <a@x.org>\nb@y.org</textarea></wb-recipients>
//
// Turns the textarea into rows of name and address with one entry field below. The textarea stays the form's value,
// hidden, always up to date; the entry field takes over its id, so the label goes on naming what one types into. A list that
// is typed or pasted there becomes rows when it is complete, on Enter, or when the field is left.
import { announce, freshId, setMistake } from "../dom";
import {
  formatRecipients,
  isAddress,
  mergeRecipients,
  parseRecipients,
  suggestAddress,
  type Recipient,
} from "../recipients";
import { textsFor, type Texts } from "../texts";

interface Row {
  readonly item: HTMLLIElement;
  readonly name: HTMLInputElement;
  readonly email: HTMLInputElement;
  readonly hint: HTMLElement;
  readonly remove: HTMLButtonElement;
}

export class WbRecipients extends HTMLElement {
  #value: HTMLTextAreaElement | null = null;
  #entry: HTMLTextAreaElement | null = null;
  #list = document.createElement("ul");
  #region = document.createElement("p");
  #rows: Row[] = [];
  #texts: Texts | null = null;

  connectedCallback(): void {
    if (this.#value) return;
    const value = this.querySelector("textarea");
    if (!value) return;
    this.#texts = textsFor(this);
    this.#value = value;
    this.#list.className = "recipients";
    this.#region.className = "unseen";
    this.#region.setAttribute("role", "status");
    const entry = this.#entryFor(value);
    this.#entry = entry;
    value.hidden = true;
    value.before(this.#list, entry, this.#region);
    this.#append(parseRecipients(value.value));
    this.#write();
  }

  /** Rows and what stands in the entry field, merged. */
  recipients(): Recipient[] {
    const rows = this.#rows.map(({ name, email }) => ({ name: name.value.trim(), email: email.value.trim() }));
    return mergeRecipients([...rows, ...parseRecipients(this.#entry?.value ?? "")]).merged.filter(
      ({ name, email }) => name !== "" || email !== "",
    );
  }

  /** Turns what stands in the entry field into rows, whatever it is. */
  commit(): void {
    const entry = this.#entry;
    if (!entry || entry.value.trim() === "") return;
    const typed = parseRecipients(entry.value);
    entry.value = "";
    this.#append(typed);
    this.#write();
  }

  /** Marks what is no address; answers the first such field, or null when all is well. */
  firstMistake(): HTMLElement | null {
    this.commit();
    for (const row of this.#rows) this.#check(row, true);
    return this.#rows.find((row) => row.email.getAttribute("aria-invalid") === "true")?.email ?? null;
  }

  /** Writes the server's complaint at recipient number `index`, or at the whole field; answers what to focus. */
  showMistake(index: number | null, message: string): HTMLElement | null {
    this.commit();
    const row = index === null ? undefined : this.#rows[index];
    const field = row?.email ?? this.#entry;
    if (field) setMistake(field, message, row?.hint ?? field);
    return field;
  }

  clearMistake(): void {
    if (this.#entry) setMistake(this.#entry, null);
  }

  #entryFor(value: HTMLTextAreaElement): HTMLTextAreaElement {
    const entry = document.createElement("textarea");
    entry.rows = 1;
    entry.className = value.className;
    entry.placeholder = value.placeholder;
    entry.autocomplete = "off";
    entry.spellcheck = false;
    entry.setAttribute("autocapitalize", "none");
    const describedBy = value.getAttribute("aria-describedby");
    if (describedBy) entry.setAttribute("aria-describedby", describedBy);
    if (value.getAttribute("aria-invalid") === "true") entry.setAttribute("aria-invalid", "true");
    if (value.id) {
      entry.id = value.id;
      value.removeAttribute("id");
    } else {
      entry.setAttribute("aria-label", this.#text("recipient-add"));
    }
    let isPaste = false;
    entry.addEventListener("paste", () => {
      isPaste = true;
    });
    entry.addEventListener("input", () => {
      if (isPaste) this.#pasted();
      isPaste = false;
      this.#typed();
    });
    entry.addEventListener("change", () => whenPointerIsUp(() => this.commit()));
    entry.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && entry.value.trim() !== "") {
        event.preventDefault();
        this.commit();
      } else if (event.key === "Backspace" && entry.value === "" && this.#rows.length > 0) {
        this.#rows.at(-1)?.email.focus();
        event.preventDefault();
      }
    });
    return entry;
  }

  #typed(): void {
    const entry = this.#entry;
    if (!entry) return;
    setMistake(entry, null);
    // A separator after a whole address, or a whole line: no need to wait for Enter.
    const found = /[,;\n]\s*$/.test(entry.value) ? parseRecipients(entry.value) : [];
    if (found.length > 0 && found.every(({ email }) => isAddress(email))) this.commit();
    else this.#write();
  }

  #pasted(): void {
    const entry = this.#entry;
    const found = parseRecipients(entry?.value ?? "");
    if (!entry || found.length < 2) return;
    const before = this.#rows.length;
    this.commit();
    entry.focus();
    const count = this.#rows.length - before;
    if (count > 0 && this.#region.textContent === "") announce(this.#region, this.#text("recipient-pasted", { count }));
  }

  #append(added: readonly Recipient[]): void {
    const known = this.#rows.map(({ name, email }) => ({ name: name.value, email: email.value }));
    const { merged, duplicates } = mergeRecipients([...known, ...added]);
    announce(this.#region, duplicates > 0 ? this.#text("recipient-merged", { count: duplicates }) : "");
    merged.forEach((recipient, index) => {
      const row = this.#rows[index];
      // An address that came again may bring the name that was missing.
      if (row) row.name.value = recipient.name;
      else this.#addRow(recipient);
    });
  }

  #addRow(recipient: Recipient): void {
    const row: Row = {
      item: document.createElement("li"),
      name: this.#input("recipient-name", recipient.name, "text"),
      email: this.#input("recipient-email", recipient.email, "email"),
      hint: document.createElement("p"),
      remove: document.createElement("button"),
    };
    row.hint.className = "hint";
    row.hint.id = freshId("recipient-hint");
    row.hint.hidden = true;
    row.remove.type = "button";
    row.remove.className = "button plain";
    row.remove.textContent = this.#text("recipient-remove-label");
    row.remove.addEventListener("click", () => this.#remove(row));
    for (const input of [row.name, row.email]) {
      input.addEventListener("input", () => {
        if (input === row.email) this.#check(row, row.email.getAttribute("aria-invalid") === "true");
        this.#nameButton(row);
        this.#write();
      });
      input.addEventListener("change", () => this.#check(row, true));
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.isComposing) return;
        event.preventDefault();
        this.#entry?.focus();
      });
    }
    row.email.setAttribute("aria-describedby", row.hint.id);
    row.item.append(row.name, row.email, row.remove, row.hint);
    this.#list.append(row.item);
    this.#rows.push(row);
    this.#nameButton(row);
    this.#check(row, true);
  }

  #input(label: "recipient-name" | "recipient-email", value: string, type: string): HTMLInputElement {
    const input = document.createElement("input");
    input.className = "input";
    // Our own check allows international names; the browser's would refuse to send the form.
    input.type = "text";
    if (type === "email") input.inputMode = "email";
    input.autocomplete = "off";
    input.spellcheck = false;
    input.dir = "auto";
    input.value = value;
    input.placeholder = this.#text(label);
    input.setAttribute("aria-label", this.#text(label));
    return input;
  }

  #check(row: Row, complain: boolean): void {
    const email = row.email.value.trim();
    const wrong = !isAddress(email);
    setMistake(row.email, wrong && complain ? this.#text("error-email") : null, row.hint);
    const suggestion = wrong ? null : suggestAddress(email);
    row.hint.hidden = suggestion === null;
    row.hint.replaceChildren();
    if (suggestion === null) return;
    const use = document.createElement("button");
    use.type = "button";
    use.className = "button plain";
    use.textContent = this.#text("recipient-suggest", { suggestion });
    use.addEventListener("click", () => {
      row.email.value = suggestion;
      this.#check(row, true);
      this.#nameButton(row);
      this.#write();
      row.email.focus();
    });
    row.hint.append(use);
  }

  #remove(row: Row): void {
    const at = this.#rows.indexOf(row);
    if (at < 0) return;
    this.#rows.splice(at, 1);
    row.item.remove();
    const next = this.#rows[at] ?? this.#rows[at - 1];
    (next?.remove ?? this.#entry)?.focus();
    announce(this.#region, this.#text("recipient-removed", { recipient: who(row) }));
    this.#write();
  }

  #nameButton(row: Row): void {
    row.remove.setAttribute("aria-label", this.#text("recipient-remove", { recipient: who(row) }));
  }

  #write(): void {
    if (!this.#value) return;
    const text = formatRecipients(this.recipients());
    if (this.#value.value === text) return;
    this.#value.value = text;
    this.#value.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #text(...args: Parameters<Texts["get"]>): string {
    return this.#texts?.get(...args) ?? "";
  }
}

/**
 * A field is left by pressing the mouse on something else; were the page to move before the button is up, the press
 * would miss what it was meant for.
 */
function whenPointerIsUp(act: () => void): void {
  if (!pointerIsDown) {
    act();
    return;
  }
  const up = (): void => {
    for (const name of POINTER_UP) document.removeEventListener(name, up, true);
    window.setTimeout(act);
  };
  for (const name of POINTER_UP) document.addEventListener(name, up, true);
}

const POINTER_UP = ["pointerup", "pointercancel"] as const;
let pointerIsDown = false;
document.addEventListener("pointerdown", () => (pointerIsDown = true), true);
for (const name of POINTER_UP) document.addEventListener(name, () => (pointerIsDown = false), true);

function who(row: Row): string {
  return row.name.value.trim() || row.email.value.trim();
}
