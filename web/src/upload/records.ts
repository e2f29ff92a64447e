// What this browser remembers about its uploads, so that the same file chosen again goes on where it stopped, after a
// reload or a crash. The key holds package and path: the same bytes in another draft are another upload.

export interface Fingerprint {
  readonly path: string;
  readonly size: number;
  readonly lastModified: number;
}

export interface UploadRecord {
  readonly url: string;
  /** Set once the file is complete on the server. */
  readonly fileId: string | null;
  readonly savedAt: number;
}

const PREFIX = "waybill-upload:";
/** The server drops an unfinished upload seven days after its last byte. */
const KEEP_MS = 8 * 24 * 3600 * 1000;

export class UploadRecords {
  readonly #storage: Storage | null;
  readonly #packageId: string;
  readonly #now: () => number;

  constructor(storage: Storage | null, packageId: string, now: () => number) {
    this.#storage = storage;
    this.#packageId = packageId;
    this.#now = now;
  }

  find(file: Fingerprint): UploadRecord | null {
    return parse(this.#attempt((storage) => storage.getItem(this.#key(file))));
  }

  saveUrl(file: Fingerprint, url: string): void {
    this.#save(file, { url, fileId: null, savedAt: this.#now() });
  }

  saveDone(file: Fingerprint, url: string, fileId: string): void {
    this.#save(file, { url, fileId, savedAt: this.#now() });
  }

  forget(file: Fingerprint): void {
    this.#attempt((storage) => storage.removeItem(this.#key(file)));
  }

  /** Forgets this package: what was sent needs no resuming, and upload URLs need not lie around. */
  forgetAll(): void {
    this.#removeWhere((key) => key.startsWith(`${PREFIX}${this.#packageId}:`));
  }

  /** Drops what is older than the server keeps unfinished uploads, of all packages. */
  purge(): void {
    const oldest = this.#now() - KEEP_MS;
    this.#removeWhere((key, record) => key.startsWith(PREFIX) && (record === null || record.savedAt < oldest));
  }

  #save(file: Fingerprint, record: UploadRecord): void {
    this.#attempt((storage) => storage.setItem(this.#key(file), JSON.stringify(record)));
  }

  #removeWhere(matches: (key: string, record: UploadRecord | null) => boolean): void {
    this.#attempt((storage) => {
      const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
      for (const key of keys) {
        if (key?.startsWith(PREFIX) && matches(key, parse(storage.getItem(key)))) storage.removeItem(key);
      }
    });
  }

  #key(file: Fingerprint): string {
    return `${PREFIX}${this.#packageId}:${file.size}:${file.lastModified}:${file.path}`;
  }

  /** Storage may be full, forbidden or absent; uploading works without it. */
  #attempt<T>(use: (storage: Storage) => T): T | null {
    if (!this.#storage) return null;
    try {
      return use(this.#storage);
    } catch {
      return null;
    }
  }
}

function parse(text: string | null): UploadRecord | null {
  if (!text) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    if (!("url" in value) || typeof value.url !== "string") return null;
    if (!("savedAt" in value) || typeof value.savedAt !== "number") return null;
    const fileId = "fileId" in value && typeof value.fileId === "string" ? value.fileId : null;
    return { url: value.url, fileId, savedAt: value.savedAt };
  } catch {
    return null;
  }
}
