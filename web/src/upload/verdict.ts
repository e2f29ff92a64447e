// What an answer (or none) to an upload request means for the file: go on, wait, start anew, or stop. Pure.

/** A problem+json body, as far as a person is told about it. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldProblem[];
}

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export interface Answer {
  /** `create` asks for an upload, `send` is everything at the upload's own URL. */
  readonly step: "create" | "send";
  /** 0 when no answer came. */
  readonly status: number;
  readonly problem: Problem | null;
  /** The answer is Waybill's own, not that of a proxy without its backend (a tus header or a problem type says so). */
  readonly ours: boolean;
  readonly retryAfterS: number | null;
  /** Bytes of the request's body. */
  readonly bodySize: number;
}

export type Verdict =
  /** Try again later. `line` says the line or the whole server is in trouble, so other files had better wait too. */
  | { readonly kind: "retry"; readonly line: boolean; readonly afterMs: number; readonly signedOut: boolean }
  /** The server's offset is not ours: ask for it and go on from there. */
  | { readonly kind: "resync" }
  /** A proxy takes no body of this size. */
  | { readonly kind: "too-big"; readonly size: number }
  /** The upload is not there any more: start this file anew. */
  | { readonly kind: "restart" }
  /** The file on disk is not the one that was chosen. */
  | { readonly kind: "changed" }
  /** No repetition helps; `detail` is the server's sentence, empty when it gave none. */
  | { readonly kind: "refused"; readonly status: number; readonly detail: string };

export const LINE_TROUBLE: Verdict = { kind: "retry", line: true, afterMs: 0, signedOut: false };

/** However long a server asks us to wait, a person is watching. */
const LONGEST_WAIT_S = 300;

export function judge(answer: Answer): Verdict {
  const { status, step, problem } = answer;
  const afterMs = Math.min(answer.retryAfterS ?? 0, LONGEST_WAIT_S) * 1000;
  const retry = (line: boolean, signedOut = false): Verdict => ({ kind: "retry", line, afterMs, signedOut });
  const refused: Verdict = { kind: "refused", status, detail: problem?.detail || problem?.title || "" };

  if (status === 0) return retry(true);
  // A captive portal answers 200 or 302 to anything; whoever calls this has found no tus answer in it.
  if (status < 400) return retry(true);
  if (status >= 500) return status === 507 ? refused : retry(status !== 500);
  switch (status) {
    case 401:
      // Only asking for an upload needs a login; it may come back in another tab.
      return step === "create" ? retry(true, true) : retry(true);
    case 404:
    case 410:
      // Starting anew gives up what has arrived, so nobody but the server may cause it.
      if (!answer.ours) return retry(true);
      return step === "create" ? refused : { kind: "restart" };
    case 409:
    case 423:
      return step === "create" ? refused : { kind: "resync" };
    case 460:
      return { kind: "resync" };
    case 413:
      return problem ? refused : { kind: "too-big", size: answer.bodySize };
    case 408:
    case 425:
    case 429:
      return retry(true);
    default:
      // A 4xx that the server did not explain comes from something in between, which may pass.
      return problem ? refused : retry(true);
  }
}

/** Reads a problem+json body; null when it is none. */
export function parseProblem(contentType: string | null, body: string): Problem | null {
  if (!contentType?.toLowerCase().startsWith("application/problem+json")) return null;
  try {
    return problemFrom(JSON.parse(body));
  } catch {
    return null;
  }
}

function problemFrom(value: unknown): Problem | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = new Map(Object.entries(value));
  const text = (name: string): string => {
    const found: unknown = fields.get(name);
    return typeof found === "string" ? found : "";
  };
  const listed: unknown = fields.get("errors");
  const errors = Array.isArray(listed) ? listed.flatMap((entry: unknown) => fieldProblemFrom(entry)) : [];
  return { code: text("code"), title: text("title"), detail: text("detail"), errors };
}

function fieldProblemFrom(value: unknown): FieldProblem[] {
  if (typeof value !== "object" || value === null || !("field" in value) || !("message" in value)) return [];
  const { field, message } = value;
  return typeof field === "string" && typeof message === "string" ? [{ field, message }] : [];
}

/** Seconds from a `Retry-After` header (a number or a date); null when there is none. */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  if (!value) return null;
  if (/^\d+$/.test(value.trim())) return Number(value.trim());
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, (at - nowMs) / 1000);
}
