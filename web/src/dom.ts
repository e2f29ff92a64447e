// Small things about elements that several enhancements need.

/** Says it in a live region even when it is the same sentence again. */
export function announce(region: Element | null, text: string): void {
  if (!region) return;
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}

export function setText(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Sets the words of a button without losing its icon. */
export function setLabel(button: Element, text: string): void {
  const label = button.querySelector("[data-label]") ?? button.querySelector("span") ?? button;
  const words = [...label.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim() !== "");
  if (words) words.nodeValue = text;
  else if (label.childElementCount === 0) label.textContent = text;
  else label.append(text);
}

/** The words of a button; null for one that has only an icon. */
export function labelOf(button: Element): string | null {
  const label = button.querySelector("[data-label]") ?? button.querySelector("span") ?? button;
  const words = [...label.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim() !== "");
  return words?.nodeValue?.trim() ?? null;
}

let serial = 0;

/** An id that no other element of the page has. */
export function freshId(prefix: string): string {
  serial += 1;
  return `${prefix}-${serial}`;
}

/** Writes a mistake below a field, or takes it away with `null`; the field is marked and points at it. */
export function setMistake(field: HTMLElement, message: string | null, after: Element = field): void {
  const id = field.dataset["mistake"] ?? null;
  const known = id === null ? null : document.getElementById(id);
  const describedBy = new Set((field.getAttribute("aria-describedby") ?? "").split(/\s+/).filter(Boolean));
  if (message === null) {
    known?.remove();
    if (id !== null) describedBy.delete(id);
    field.removeAttribute("aria-invalid");
  } else {
    const mistake = known ?? document.createElement("p");
    mistake.className = "mistake";
    mistake.id ||= freshId("mistake");
    mistake.textContent = message;
    if (!known) after.after(mistake);
    field.dataset["mistake"] = mistake.id;
    describedBy.add(mistake.id);
    field.setAttribute("aria-invalid", "true");
  }
  if (describedBy.size > 0) field.setAttribute("aria-describedby", [...describedBy].join(" "));
  else field.removeAttribute("aria-describedby");
}
