// The sentences the browser shows. The server renders them in the reader's language into one JSON data block,
//
//   <script type="application/json" data-texts>{"state-done": "done", "retry": "Retry {file}", ...}</script>
//
// inside the element that needs them or anywhere in the page. Key `x` is the Fluent message `js-x` of
// crates/core/locales/*/web.ftl, formatted with every placeable set to its own name in braces (`{ $file }` becomes `{file}`);
// those are filled in here. No message may select on a number: the browser knows it, the server does not.

/** Every placeable that a message may have. The server passes all of them, each as `{name}`. */
export const PLACEABLES = [
  "count",
  "detail",
  "done",
  "file",
  "left",
  "limit",
  "percent",
  "rate",
  "recipient",
  "seconds",
  "size",
  "suggestion",
  "title",
  "total",
] as const;

export type Placeable = (typeof PLACEABLES)[number];

/** Every key, with the placeables its message may use. A test compares this list with the `.ftl` files. */
export const TEXT_KEYS = {
  // What a file is doing (`data-state` of its row).
  "state-waiting": [],
  "state-preparing": [],
  "state-uploading": [],
  "state-verifying": [],
  "state-offline": [],
  "state-retrying": ["seconds"],
  "state-signed-out": ["seconds"],
  "state-paused": [],
  "state-done": [],
  "state-failed": ["detail"],
  "state-choose-again": ["percent"],
  // Why a file was not sent (the `detail` of state-failed when the server gave none).
  "problem-changed": [],
  "problem-proxy-limit": [],
  "problem-refused": [],
  "problem-too-large": ["limit"],
  "problem-too-many": ["limit"],
  "problem-folder-unreadable": ["file"],
  "problem-draft": ["detail"],
  "problem-save": ["detail"],
  // Buttons of a row: the label seen, and the unique name heard.
  pause: [],
  "pause-file": ["file"],
  resume: [],
  "resume-file": ["file"],
  "retry-file": ["file"],
  "remove-file": ["file"],
  "pause-all": [],
  "resume-all": [],
  // Numbers.
  "size-of": ["done", "total"],
  "files-of": ["done", "total"],
  "rate-now": ["rate"],
  "time-left": ["left"],
  "percent-done": ["percent"],
  "progress-of": ["file"],
  "progress-all": [],
  "tab-title": ["percent", "title"],
  // The live region.
  "summary-added": ["count"],
  "summary-progress": ["percent", "done", "total"],
  "summary-progress-left": ["percent", "done", "total", "left"],
  "summary-done": ["total"],
  "summary-failed": ["count"],
  "summary-removed": ["file"],
  "summary-offline": [],
  "summary-online": [],
  "summary-sends-when-done": [],
  "summary-sending": [],
  "summary-no-files": [],
  "summary-choose-again": ["percent"],
  "summary-fields": [],
  // What did not arrive, and the decision about it.
  "recap-title": [],
  "recap-text": ["count"],
  "recap-retry": [],
  "recap-send-without": [],
  "recap-elsewhere": [],
  // The form.
  "error-title": [],
  "error-recipient": [],
  "error-email": [],
  // Recipients.
  "recipient-name": [],
  "recipient-email": [],
  "recipient-add": [],
  "recipient-remove": ["recipient"],
  "recipient-remove-label": [],
  "recipient-removed": ["recipient"],
  "recipient-suggest": ["suggestion"],
  "recipient-merged": ["count"],
  "recipient-pasted": ["count"],
  // Copy, undo.
  "copy-done": [],
  "copy-by-hand": [],
  "undo-left": ["seconds"],
  "undo-over": [],
} as const satisfies Record<string, readonly Placeable[]>;

export type TextKey = keyof typeof TEXT_KEYS;

export type Values = Partial<Record<Placeable, string | number>>;

export class Texts {
  readonly #messages: ReadonlyMap<string, string>;

  constructor(messages: ReadonlyMap<string, string>) {
    this.#messages = messages;
  }

  /** The message with its placeables filled in; the key itself when the page lacks it, so that a gap is seen. */
  get(key: TextKey, values: Values = {}): string {
    const given = new Map<string, string | number>(Object.entries(values));
    return (this.#messages.get(key) ?? key).replace(/\{\s*\$?([a-z]+)\s*\}/g, (whole, name: string) =>
      String(given.get(name) ?? whole),
    );
  }
}

/** Reads the data block nearest to `element`: inside it, in an element around it, anywhere in the page. */
export function textsFor(element: Element): Texts {
  const block =
    element.querySelector("script[data-texts]") ?? element.ownerDocument.querySelector("script[data-texts]") ?? null;
  return new Texts(parseMessages(block?.textContent ?? ""));
}

export function parseMessages(json: string): Map<string, string> {
  const messages = new Map<string, string>();
  if (!json.trim()) return messages;
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null) return messages;
  for (const [key, text] of Object.entries(value)) {
    if (typeof text === "string") messages.set(key, text);
  }
  return messages;
}
