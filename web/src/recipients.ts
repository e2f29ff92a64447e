// Names and e-mail addresses as people type and paste them. Pure.

export interface Recipient {
  readonly name: string;
  readonly email: string;
}

/**
 * Reads `Anna <a@x.org>, b@y.org; "Doe, Jane" <j@z.org>` and the like, separated by commas, semicolons or lines. What
 * cannot be read as an address is kept as it is (in `email`), so that nothing typed gets lost.
 */
export function parseRecipients(text: string): Recipient[] {
  return split(text)
    .map((part) => parseOne(part))
    .filter((recipient) => recipient.email !== "" || recipient.name !== "");
}

/** One recipient a line, as the form's textarea holds them. */
export function formatRecipients(recipients: readonly Recipient[]): string {
  return recipients
    .filter(({ name, email }) => name !== "" || email !== "")
    .map(({ name, email }) => (name === "" ? email : `${quoted(name)} <${email}>`))
    .join("\n");
}

/** The same address twice is one recipient; the first name given to it stays. Answers how many were merged away. */
export function mergeRecipients(recipients: readonly Recipient[]): { merged: Recipient[]; duplicates: number } {
  const merged: Recipient[] = [];
  const seen = new Map<string, number>();
  let duplicates = 0;
  for (const recipient of recipients) {
    const key = recipient.email.trim().toLowerCase();
    const at = key === "" ? undefined : seen.get(key);
    const earlier = at === undefined ? undefined : merged[at];
    if (at === undefined || earlier === undefined) {
      if (key !== "") seen.set(key, merged.length);
      merged.push(recipient);
      continue;
    }
    duplicates += 1;
    if (earlier.name === "") merged[at] = { name: recipient.name, email: earlier.email };
  }
  return { merged, duplicates };
}

/** Whether this looks like an address that mail can reach. The server decides; this catches slips while typing. */
export function isAddress(email: string): boolean {
  if (email.length > 254) return false;
  const match = /^([^\s@<>()[\],;:"\\]+)@([^\s@]+)$/.exec(email);
  const local = match?.[1];
  const domain = match?.[2];
  if (local === undefined || domain === undefined) return false;
  if (local.length > 64 || local.startsWith(".") || local.endsWith(".") || local.includes("..")) return false;
  const labels = domain.split(".");
  // `localhost` and the like have one label; nobody sends files there by e-mail.
  if (labels.length < 2) return false;
  return labels.every((label) => /^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label));
}

const COMMON_DOMAINS = [
  "gmail.com",
  "googlemail.com",
  "outlook.com",
  "hotmail.com",
  "hotmail.de",
  "live.com",
  "yahoo.com",
  "yahoo.de",
  "icloud.com",
  "me.com",
  "gmx.de",
  "gmx.net",
  "gmx.at",
  "gmx.ch",
  "web.de",
  "t-online.de",
  "freenet.de",
  "posteo.de",
  "mailbox.org",
  "proton.me",
  "protonmail.com",
  "aol.com",
  "orange.fr",
  "bluewin.ch",
] as const;

/** The address that was probably meant, when the domain is one slip away from a well-known one; else null. */
export function suggestAddress(email: string): string | null {
  const at = email.lastIndexOf("@");
  if (at < 1) return null;
  const domain = email.slice(at + 1).toLowerCase();
  if (domain.length < 4 || COMMON_DOMAINS.some((known) => known === domain)) return null;
  const near = COMMON_DOMAINS.find((known) => isOneSlip(domain, known));
  return near === undefined ? null : `${email.slice(0, at)}@${near}`;
}

/** One letter too many, missing, wrong, or two neighbours swapped. */
function isOneSlip(typed: string, known: string): boolean {
  if (Math.abs(typed.length - known.length) > 1) return false;
  // Short domains are one letter away from many real ones (me.com, me.co; gmx.de, mx.de).
  if (known.length < 8 && typed.length !== known.length) return false;
  let start = 0;
  while (start < typed.length && typed[start] === known[start]) start += 1;
  const typedRest = typed.slice(start);
  const knownRest = known.slice(start);
  if (typedRest.slice(1) === knownRest) return true;
  if (typedRest === knownRest.slice(1)) return true;
  const swapped = `${typedRest[1] ?? ""}${typedRest[0] ?? ""}${typedRest.slice(2)}`;
  if (swapped === knownRest) return true;
  // One wrong letter in a short domain (web.de, wen.de) may well be another company.
  return known.length >= 8 && typedRest.slice(1) === knownRest.slice(1);
}

function split(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  let inQuotes = false;
  let inBrackets = false;
  for (const character of text) {
    const separates = character === "\n" || character === "\r" || (!inQuotes && !inBrackets && /[,;]/.test(character));
    if (separates) {
      parts.push(part);
      part = "";
      inQuotes = false;
      inBrackets = false;
      continue;
    }
    if (character === '"') inQuotes = !inQuotes;
    else if (character === "<") inBrackets = true;
    else if (character === ">") inBrackets = false;
    part += character;
  }
  parts.push(part);
  // Addresses copied from a table or typed with spaces between them.
  return parts.flatMap((one) => (isAddressList(one) ? one.trim().split(/\s+/) : [one]));
}

function isAddressList(text: string): boolean {
  const words = text.trim().split(/\s+/);
  return words.length > 1 && words.every((word) => isAddress(word));
}

function parseOne(part: string): Recipient {
  const text = part.trim();
  const bracketed = /^(.*?)\s*<\s*(?:mailto:)?([^<>]*?)\s*>$/.exec(text);
  if (bracketed) return { name: unquoted(bracketed[1] ?? ""), email: bracketed[2] ?? "" };
  const words = text.replace(/^mailto:/i, "").split(/\s+/);
  const last = words.at(-1) ?? "";
  // `Anna Mueller anna@example.org`, as copied from a table.
  if (words.length > 1 && isAddress(last)) return { name: unquoted(words.slice(0, -1).join(" ")), email: last };
  return { name: "", email: words.join(" ") };
}

function quoted(name: string): string {
  return /[",;<>]/.test(name) ? `"${name.replaceAll('"', "'")}"` : name;
}

function unquoted(name: string): string {
  return name
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
}
