// The page's own requests to the API, with the session cookie. Answers are parsed into what is used here, once.
import { parseProblem, parseRetryAfter, type Problem } from "./upload/verdict";
import type { Unfinished } from "./upload/resume";

export interface RecipientInput {
  readonly name: string;
  readonly email: string;
}

export interface PackageFields {
  readonly title?: string;
  readonly note?: string;
  readonly recipients?: readonly RecipientInput[];
  readonly policy?: Readonly<Record<string, number>>;
  readonly password?: string;
}

export interface CompleteFile {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

export interface PackageState {
  readonly id: string;
  readonly status: string;
  readonly files: readonly CompleteFile[];
  readonly uploads: readonly Unfinished[];
}

/** An answer that is no success, or none at all (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | null;
  readonly retryAfterS: number | null;

  constructor(status: number, problem: Problem | null, retryAfterS: number | null) {
    super(`request failed with ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }

  /** The server's own sentence, if it gave one. */
  get detail(): string {
    return this.problem?.detail || this.problem?.title || "";
  }

  /** Whether the same request may succeed later. */
  get isPassing(): boolean {
    return (
      this.status === 0 || this.status === 401 || this.status === 429 || (this.status >= 500 && this.status !== 507)
    );
  }
}

export async function createPackage(
  kind: string,
  fields: PackageFields,
  idempotencyKey: string,
): Promise<PackageState> {
  const body = { direction: "outbound", kind, ...fields };
  return packageFrom(await request("POST", "/api/v1/packages", body, { "idempotency-key": idempotencyKey }));
}

export async function getPackage(id: string): Promise<PackageState> {
  return packageFrom(await request("GET", packagePath(id)));
}

export async function changePackage(id: string, fields: PackageFields): Promise<void> {
  await request("PATCH", packagePath(id), fields);
}

/** Repeatable: a package that is finalized already stays so. */
export async function finalizePackage(id: string, discardUnfinished: boolean): Promise<void> {
  await request("POST", `${packagePath(id)}/finalize`, { discard_unfinished: discardUnfinished });
}

export async function dropUpload(id: string, uploadId: string): Promise<void> {
  await request("DELETE", `${packagePath(id)}/uploads/${encodeURIComponent(uploadId)}`);
}

export async function removeFile(id: string, fileId: string): Promise<void> {
  await request("DELETE", `${packagePath(id)}/files/${encodeURIComponent(fileId)}`);
}

function packagePath(id: string): string {
  return `/api/v1/packages/${encodeURIComponent(id)}`;
}

async function request(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const sent: Record<string, string> = { accept: "application/json", ...headers };
  if (body !== undefined) sent["content-type"] = "application/json";
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
    });
    text = await answer.text();
  } catch {
    throw new ApiError(0, null, null);
  }
  if (!answer.ok) {
    const retryAfterS = parseRetryAfter(answer.headers.get("retry-after"), Date.now());
    throw new ApiError(answer.status, parseProblem(answer.headers.get("content-type"), text), retryAfterS);
  }
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    // A captive portal's page.
    throw new ApiError(0, null, null);
  }
}

function packageFrom(value: unknown): PackageState {
  const fields = object(value);
  const id = fields.get("id");
  if (typeof id !== "string") throw new ApiError(0, null, null);
  const status = fields.get("status");
  return {
    id,
    status: typeof status === "string" ? status : "",
    files: list(fields.get("files")).flatMap((entry) => fileFrom(object(entry))),
    uploads: list(fields.get("uploads")).flatMap((entry) => uploadFrom(object(entry))),
  };
}

function fileFrom(fields: Map<string, unknown>): CompleteFile[] {
  const id = fields.get("id");
  const name = fields.get("name");
  const size = fields.get("size");
  if (typeof id !== "string" || typeof name !== "string" || typeof size !== "number") return [];
  return [{ id, name, size, path: pathFrom(fields, name) }];
}

function uploadFrom(fields: Map<string, unknown>): Unfinished[] {
  const id = fields.get("id");
  const name = fields.get("name");
  const size = fields.get("size");
  const offset = fields.get("offset");
  const url = fields.get("url");
  if (typeof id !== "string" || typeof name !== "string" || typeof size !== "number") return [];
  return [
    {
      id,
      size,
      path: pathFrom(fields, name),
      offset: typeof offset === "number" ? offset : 0,
      url: typeof url === "string" ? url : "",
    },
  ];
}

function pathFrom(fields: Map<string, unknown>, name: string): string {
  const path = fields.get("relative_path");
  return typeof path === "string" && path !== "" ? path : name;
}

function object(value: unknown): Map<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
