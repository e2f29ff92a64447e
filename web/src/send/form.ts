// The form around the files: what it says, and where a complaint about it belongs.
import type { PackageFields, RecipientInput } from "../api";
import { setMistake } from "../dom";
import { WbRecipients } from "../elements/wb-recipients";
import { isAddress, parseRecipients } from "../recipients";
import type { Texts } from "../texts";
import type { FieldProblem } from "../upload/verdict";

const HOURS_A_DAY = 24;

/** Fields of the API and the form's names for them. */
const FIELD_NAMES: ReadonlyMap<string, string> = new Map([
  ["policy.expires_in_hours", "expires_in_days"],
  ["policy.idle_hours", "idle_hours"],
  ["policy.max_downloads", "max_downloads"],
]);

/** Rules that are off unless something is typed. */
const OPTIONS = ["idle_hours", "max_downloads"] as const;

export class SendForm {
  readonly #form: HTMLFormElement;
  readonly #texts: Texts;

  constructor(form: HTMLFormElement, texts: Texts) {
    this.#form = form;
    this.#texts = texts;
    // A mistake that was seen is not shown any longer than it takes to type something else.
    form.addEventListener("input", (event) => {
      const field = event.target;
      if (field instanceof HTMLElement && field.dataset["mistake"] && !field.closest("wb-recipients")) {
        setMistake(field, null);
      }
    });
  }

  /** What can be saved now. Addresses that are not finished yet stay in the form. */
  draftFields(): PackageFields {
    return this.#fields(this.#recipients().filter(({ email }) => isAddress(email)));
  }

  /** Shows what is obviously missing; answers the first field to look at, or null. */
  firstMistake(): HTMLElement | null {
    const wrong: HTMLElement[] = [];
    const title = this.#field("title");
    if (title && this.#value("title").trim() === "") wrong.push(this.#complain(title, this.#texts.get("error-title")));
    const recipients = this.#form.querySelector("wb-recipients");
    if (recipients instanceof WbRecipients) {
      const mistake = recipients.firstMistake();
      const none = recipients.recipients().length === 0;
      const shown = none ? recipients.showMistake(null, this.#texts.get("error-recipient")) : mistake;
      if (shown) wrong.push(shown);
    }
    for (const name of ["expires_in_days", ...OPTIONS, "password"]) {
      const number = this.#field(name);
      if (number instanceof HTMLInputElement && !number.checkValidity()) {
        wrong.push(this.#complain(number, number.validationMessage));
      }
    }
    return wrong[0] ?? null;
  }

  /** Puts the server's complaints at their fields; answers the first one's field and what found no place. */
  showProblems(problems: readonly FieldProblem[]): { first: HTMLElement | null; rest: string[] } {
    let first: HTMLElement | null = null;
    const rest: string[] = [];
    for (const { field, message } of problems) {
      const shown = this.#showProblem(field, message);
      if (!shown) rest.push(message);
      else if (!first || shown.compareDocumentPosition(first) & Node.DOCUMENT_POSITION_FOLLOWING) first = shown;
    }
    return { first, rest };
  }

  #showProblem(field: string, message: string): HTMLElement | null {
    if (/^recipients\b/.test(field)) {
      const recipients = this.#form.querySelector("wb-recipients");
      const index = /^recipients\[(\d+)\]/.exec(field)?.[1];
      if (recipients instanceof WbRecipients) {
        return recipients.showMistake(index === undefined ? null : Number(index), message);
      }
    }
    const found = this.#field(FIELD_NAMES.get(field) ?? (field === "policy" ? "expires_in_days" : field));
    return found ? this.#complain(found, message) : null;
  }

  #complain(field: HTMLElement, message: string): HTMLElement {
    // A number with its unit is one thing; the sentence goes below both.
    setMistake(field, message, field.closest(".with-unit") ?? field);
    field.closest("details")?.setAttribute("open", "");
    return field;
  }

  #fields(recipients: readonly RecipientInput[]): PackageFields {
    const policy: Record<string, number> = {};
    const days = this.#number("expires_in_days");
    if (days !== null) policy["expires_in_hours"] = Math.round(days * HOURS_A_DAY);
    for (const name of OPTIONS) {
      // An empty option is off, which has to be said: the draft may have it on.
      const value = this.#value(name).trim() === "" && this.#field(name) ? 0 : this.#number(name);
      if (value !== null) policy[name] = value;
    }
    return {
      ...(this.#field("title") ? { title: this.#value("title").trim() } : {}),
      ...(this.#field("note") ? { note: this.#value("note") } : {}),
      ...(this.#field("recipients") ? { recipients } : {}),
      ...(this.#password() ? { password: this.#password() } : {}),
      policy,
    };
  }

  #recipients(): RecipientInput[] {
    const recipients = this.#form.querySelector("wb-recipients");
    if (recipients instanceof WbRecipients) return recipients.recipients();
    return parseRecipients(this.#value("recipients"));
  }

  /** A password that is still being typed is no password yet. */
  #password(): string {
    const field = this.#field("password");
    return field instanceof HTMLInputElement && field.value.length >= field.minLength ? field.value : "";
  }

  #number(name: string): number | null {
    const text = this.#value(name).trim();
    const value = Number(text);
    return text === "" || !Number.isFinite(value) || value < 0 ? null : value;
  }

  #value(name: string): string {
    const field = this.#field(name);
    return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : "";
  }

  #field(name: string): HTMLElement | null {
    return this.#form.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
  }
}
