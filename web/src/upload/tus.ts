// One attempt to move one file over tus 1.0. tus-js-client speaks the protocol at the upload's URL; asking for the upload is
// done here, because the library would start from byte 0 after any odd answer (a proxy's 502 too) if it knew where to ask.
// It never retries by itself: the queue decides that.
import { Upload, type DetailedError, type HttpRequest, type HttpResponse } from "tus-js-client";
import { isUnchanged } from "./changed";
import type { ChunkSize } from "./chunks";
import type { Item, StartTransfer, Transfer, TransferEvents } from "./queue";
import { judge, LINE_TROUBLE, parseProblem, parseRetryAfter, type Verdict } from "./verdict";

/** Files up to this size travel with the request that asks for their upload: one round trip instead of three. */
const SMALL_FILE = 256 * 1024;
const ANSWER_WITHIN_MS = 30_000;
const TUS_VERSION = "1.0.0";

/** Where uploads are asked for, and what is said about every file besides its name. */
export interface UploadTarget {
  /** `/api/v1/uploads`, or `/p/{token}/uploads?visit=...` for a guest. */
  readonly endpoint: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An answer to the question for the target that says what becomes of the files. */
export class TargetRefused extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super("no upload target");
    this.verdict = verdict;
  }
}

/**
 * How the queue's items are sent. `target` is asked before each upload is created; it may wait, and rejects with
 * `TargetRefused`.
 */
export function tusTransfers(target: () => Promise<UploadTarget>, chunks: ChunkSize): StartTransfer {
  // On a line so slow that a small file does not pass in one go, it has to be resumable like any other.
  const triedWhole = new WeakSet<Item>();
  return (item, events) => {
    const attempt = new Attempt(target, chunks, triedWhole, item, events);
    queueMicrotask(() => void attempt.run());
    return attempt;
  };
}

/** The file on disk is not the one this upload was begun with. */
class ChangedFile extends Error {}

class Attempt implements Transfer {
  readonly #target: () => Promise<UploadTarget>;
  readonly #chunks: ChunkSize;
  readonly #triedWhole: WeakSet<Item>;
  readonly #item: Item;
  readonly #events: TransferEvents;
  readonly #stop = new AbortController();
  #upload: Upload | null = null;
  #offset = 0;
  #chunkSize = 0;
  #requestSize = 0;

  constructor(
    target: () => Promise<UploadTarget>,
    chunks: ChunkSize,
    triedWhole: WeakSet<Item>,
    item: Item,
    events: TransferEvents,
  ) {
    this.#target = target;
    this.#chunks = chunks;
    this.#triedWhole = triedWhole;
    this.#item = item;
    this.#events = events;
  }

  async run(): Promise<void> {
    try {
      const file = this.#item.source;
      if (!file || !isUnchanged(this.#item, file)) {
        this.#events.failed({ kind: "changed" });
        return;
      }
      if (this.#item.url === null && !(await this.#create(file))) return;
      if (!this.#stop.signal.aborted && this.#item.url !== null) this.#send(file, this.#item.url);
    } catch (error) {
      await this.#lost(error);
    }
  }

  abort(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    void this.#upload?.abort(false).catch(() => undefined);
  }

  /** Asks for the upload. True when bytes are still to be sent. */
  async #create(file: File): Promise<boolean> {
    const target = await this.#target();
    if (this.#stop.signal.aborted) return false;
    const small =
      file.size > 0 && file.size <= Math.min(SMALL_FILE, this.#chunks.current) && !this.#triedWhole.has(this.#item);
    if (small) this.#triedWhole.add(this.#item);
    const headers: Record<string, string> = {
      "tus-resumable": TUS_VERSION,
      "upload-length": String(file.size),
      "upload-metadata": encodeMetadata({ ...target.metadata, ...metadataOf(this.#item) }),
    };
    if (small) headers["content-type"] = "application/offset+octet-stream";
    const answer = await fetch(target.endpoint, {
      method: "POST",
      headers,
      // Read here, so that a file that cannot be read is not mistaken for a line that is down.
      body: small ? await readWhole(file) : null,
      credentials: "same-origin",
      signal: this.#stop.signal,
    });
    const location = answer.headers.get("location");
    if (answer.status !== 201 || location === null) {
      const body = await answer.text();
      this.#events.failed(
        this.#judge("create", answer.status, (name) => answer.headers.get(name), body, small ? file.size : 0),
      );
      return false;
    }
    const url = new URL(location, new URL(target.endpoint, document.baseURI)).pathname;
    this.#events.created(url);
    const offset = Number(answer.headers.get("upload-offset") ?? "0");
    if (offset < file.size) return true;
    this.#events.accepted(offset, small ? file.size : 0);
    this.#events.done(answer.headers.get("waybill-file-id"));
    return false;
  }

  #send(file: File, url: string): void {
    this.#chunkSize = this.#chunks.current;
    const upload = new Upload(file, {
      uploadUrl: url,
      chunkSize: this.#chunkSize,
      retryDelays: null,
      onShouldRetry: () => false,
      storeFingerprintForResuming: false,
      fingerprint: async () => url,
      onBeforeRequest: (request) => this.#before(request),
      onAfterResponse: (request, response) => this.#after(request, response, file),
      onProgress: (sent) => this.#events.progress(sent),
      onChunkComplete: (_size, accepted) => {
        const arrived = accepted - this.#offset;
        this.#offset = accepted;
        this.#events.accepted(accepted, arrived);
        // The library reads this before each request, so what other files learnt counts at once.
        this.#chunkSize = this.#chunks.current;
        upload.options.chunkSize = this.#chunkSize;
      },
      onSuccess: ({ lastResponse }) => this.#events.done(lastResponse.getHeader("Waybill-File-Id") ?? null),
      onError: (error) => void this.#lost(error),
    });
    this.#upload = upload;
    upload.start();
  }

  #before(request: HttpRequest): void {
    const xhr: unknown = request.getUnderlyingObject();
    if (!(xhr instanceof XMLHttpRequest)) return;
    this.#requestSize = request.getMethod() === "PATCH" ? Math.min(this.#chunkSize, this.#item.size - this.#offset) : 0;
    if (request.getMethod() === "HEAD") xhr.timeout = ANSWER_WITHIN_MS;
    // The library waits for ever after these two; nobody but the browser caused them unless we stopped.
    const broken = (): void => {
      if (!this.#stop.signal.aborted) this.#events.failed(LINE_TROUBLE);
    };
    xhr.addEventListener("abort", broken);
    xhr.addEventListener("timeout", broken);
  }

  #after(request: HttpRequest, response: HttpResponse, file: File): void {
    if (request.getMethod() !== "HEAD" || response.getStatus() >= 300) return;
    const begunWith = decodeMetadata(response.getHeader("Upload-Metadata") ?? "").get("lastmodified");
    if (begunWith !== undefined && begunWith !== String(file.lastModified)) throw new ChangedFile();
    const length = response.getHeader("Upload-Length");
    if (length !== undefined && length !== null && Number(length) !== file.size) throw new ChangedFile();
    const offset = Number(response.getHeader("Upload-Offset"));
    if (!Number.isFinite(offset)) return;
    this.#offset = offset;
    this.#events.accepted(offset, 0);
  }

  /** No usable answer came. Says whether the line, the file or the server is the reason. */
  async #lost(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (error instanceof TargetRefused) {
      this.#events.failed(error.verdict);
      return;
    }
    const detailed = isDetailed(error) ? error : null;
    if (error instanceof ChangedFile || detailed?.causingError instanceof ChangedFile) {
      // The upload belongs to other bytes. Nothing of it is used; the file starts anew under an upload of its own.
      if (this.#item.url !== null) await terminate(this.#item.url).catch(() => undefined);
      this.#events.failed({ kind: "restart" });
      return;
    }
    const response = detailed?.originalResponse;
    if (response) {
      const header = (name: string): string | null => response.getHeader(name) ?? null;
      this.#events.failed(this.#judge("send", response.getStatus(), header, response.getBody(), this.#requestSize));
      return;
    }
    this.#events.failed((await isReadable(this.#item.source, this.#offset)) ? LINE_TROUBLE : { kind: "changed" });
  }

  #judge(
    step: "create" | "send",
    status: number,
    header: (name: string) => string | null,
    body: string,
    bodySize: number,
  ): Verdict {
    const contentType = header("content-type");
    const problem = parseProblem(contentType, body);
    // The answer to a HEAD has a problem's type without its text.
    const ours = header("tus-resumable") !== null || (contentType ?? "").startsWith("application/problem+json");
    const retryAfterS = parseRetryAfter(header("retry-after"), Date.now());
    return judge({ step, status, problem, ours, retryAfterS, bodySize });
  }
}

/** Frees an upload on the server; it would end by itself after some days. */
export async function terminate(url: string): Promise<void> {
  await fetch(url, { method: "DELETE", headers: { "tus-resumable": TUS_VERSION }, keepalive: true });
}

function metadataOf(item: Item): Record<string, string> {
  const said: Record<string, string> = { filename: item.name, lastmodified: String(item.lastModified) };
  if (item.path !== item.name) said["relative_path"] = item.path;
  if (item.type !== "") said["filetype"] = item.type;
  return said;
}

export function encodeMetadata(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(",");
}

export function decodeMetadata(header: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const pair of header.split(",")) {
    const [key, value] = pair.trim().split(" ");
    if (!key) continue;
    try {
      const bytes = Uint8Array.from(atob(value ?? ""), (character) => character.charCodeAt(0));
      values.set(key, new TextDecoder().decode(bytes));
    } catch {
      // Another client's metadata; it says nothing about this file.
    }
  }
  return values;
}

function base64(text: string): string {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function isDetailed(error: unknown): error is DetailedError {
  return error instanceof Error && "originalResponse" in error && "causingError" in error;
}

async function readWhole(file: File): Promise<ArrayBuffer> {
  return file.arrayBuffer();
}

/** Browsers refuse to read a file that changed or went away since it was chosen, and report it as a network error. */
async function isReadable(file: File | null, offset: number): Promise<boolean> {
  if (!file) return false;
  try {
    await file.slice(offset, offset + 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
