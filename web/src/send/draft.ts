// The draft behind the form: made once when the first file is chosen, kept up to date while one types, finalized at the end.
// Knows no DOM; requests, time and chance are handed in.
import { ApiError, type PackageFields } from "../api";
import { backoffMs } from "../upload/backoff";
import type { Clock } from "../upload/queue";

export interface DraftApi {
  create(fields: PackageFields, idempotencyKey: string): Promise<{ readonly id: string }>;
  change(id: string, fields: PackageFields): Promise<void>;
  finalize(id: string, discardUnfinished: boolean): Promise<void>;
}

export interface DraftParts {
  readonly api: DraftApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly freshKey: () => string;
  /** What the form says now, as far as it can be saved. */
  readonly read: () => PackageFields;
  /** Called once, when the draft exists. */
  readonly created: (id: string) => void;
  /** Called when saving failed in a way that no repetition helps, and with null when it works again. */
  readonly refused: (error: ApiError | null) => void;
}

const SAVE_AFTER_MS = 800;

export class Draft {
  readonly #parts: DraftParts;
  #id: string | null;
  #creating: Promise<string> | null = null;
  #saved: string | null = null;
  #cancelTimer: () => void = () => undefined;
  #saving: Promise<void> = Promise.resolve();
  #attempt = 0;

  constructor(parts: DraftParts, id: string | null) {
    this.#parts = parts;
    this.#id = id;
    // What the page came with is what the server has.
    if (id !== null) this.#saved = JSON.stringify(parts.read());
  }

  get id(): string | null {
    return this.#id;
  }

  /** The draft's id; makes it if there is none. Rejects with an ApiError; the next call tries again. */
  ensure(): Promise<string> {
    if (this.#id !== null) return Promise.resolve(this.#id);
    this.#creating ??= this.#create().finally(() => {
      this.#creating = null;
    });
    return this.#creating;
  }

  #pendingCreate: { readonly fields: PackageFields; readonly key: string } | null = null;

  async #create(): Promise<string> {
    // The same key needs the same body: what was typed since then is saved afterwards.
    this.#pendingCreate ??= { fields: this.#parts.read(), key: this.#parts.freshKey() };
    const { fields, key } = this.#pendingCreate;
    try {
      const { id } = await this.#parts.api.create(fields, key);
      this.#id = id;
      this.#saved = JSON.stringify(fields);
      this.#parts.created(id);
      this.edited();
      return id;
    } catch (error) {
      // A refused body has to change before it can be accepted.
      if (error instanceof ApiError && !error.isPassing) this.#pendingCreate = null;
      throw error;
    }
  }

  /** Something in the form changed: it is saved soon, if there is a draft. */
  edited(): void {
    this.#schedule(SAVE_AFTER_MS);
  }

  /** Saves what changed and waits for it. Rejects with an ApiError. */
  async save(): Promise<void> {
    this.#cancelTimer();
    const before = this.#saving;
    const now = before.catch(() => undefined).then(() => this.#write());
    this.#saving = now;
    await now;
  }

  /** Saves, then sends. Rejects with an ApiError. Repeatable. */
  async finalize(discardUnfinished: boolean): Promise<string> {
    const id = await this.ensure();
    await this.save();
    await this.#parts.api.finalize(id, discardUnfinished);
    return id;
  }

  /** Saves nothing more by itself. */
  stop(): void {
    this.#cancelTimer();
  }

  #schedule(ms: number): void {
    this.#cancelTimer();
    if (this.#id === null) return;
    this.#cancelTimer = this.#parts.clock.after(ms, () => void this.#autosave());
  }

  async #autosave(): Promise<void> {
    try {
      await this.save();
      this.#attempt = 0;
      this.#parts.refused(null);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isPassing) {
        this.#attempt += 1;
        this.#schedule(backoffMs(this.#attempt, this.#parts.random, (error.retryAfterS ?? 0) * 1000));
      } else {
        this.#parts.refused(error);
      }
    }
  }

  async #write(): Promise<void> {
    if (this.#id === null) return;
    const fields = this.#parts.read();
    const text = JSON.stringify(fields);
    if (text === this.#saved) return;
    await this.#parts.api.change(this.#id, fields);
    this.#saved = text;
  }
}
