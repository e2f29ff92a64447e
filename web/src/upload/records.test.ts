import { beforeEach, describe, expect, it } from "vitest";
import { UploadRecords } from "./records";

/** A Storage as browsers have it, in memory. */
class MemoryStorage implements Storage {
  readonly #values = new Map<string, string>();
  get length(): number {
    return this.#values.size;
  }
  key(index: number): string | null {
    return [...this.#values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  clear(): void {
    this.#values.clear();
  }
}

const DAY = 24 * 3600 * 1000;
const file = { path: "a: b/ä.txt", size: 10, lastModified: 77 };
let storage: MemoryStorage;
let now: number;
const records = (packageId: string): UploadRecords => new UploadRecords(storage, packageId, () => now);

beforeEach(() => {
  storage = new MemoryStorage();
  now = 1_000_000;
});

describe("a remembered upload", () => {
  it("is found again after a reload", () => {
    records("p1").saveUrl(file, "/uploads/x");
    expect(records("p1").find(file)).toEqual({ url: "/uploads/x", fileId: null, savedAt: now });
    records("p1").saveDone(file, "/uploads/x", "f1");
    expect(records("p1").find(file)?.fileId).toBe("f1");
  });

  it("belongs to one package, path, size and time of change", () => {
    records("p1").saveUrl(file, "/uploads/x");
    expect(records("p2").find(file)).toBeNull();
    for (const other of [{ path: "ä.txt" }, { size: 11 }, { lastModified: 78 }]) {
      expect(records("p1").find({ ...file, ...other })).toBeNull();
    }
  });

  it("is dropped when the server has dropped the upload, and when its package is sent", () => {
    records("p1").saveUrl(file, "/uploads/x");
    now += 9 * DAY;
    records("p2").saveUrl(file, "/uploads/y");
    storage.setItem("other", "kept");
    records("p3").purge();
    expect(records("p1").find(file)).toBeNull();
    expect(records("p2").find(file)).not.toBeNull();
    records("p2").forgetAll();
    expect(storage.length).toBe(1);
    expect(storage.getItem("other")).toBe("kept");
  });

  it("is missed, not mourned, where storage is absent, full or holds nonsense", () => {
    const none = new UploadRecords(null, "p1", () => now);
    none.saveUrl(file, "/uploads/x");
    none.purge();
    expect(none.find(file)).toBeNull();
    storage.setItem = () => {
      throw new Error("full");
    };
    expect(() => records("p1").saveUrl(file, "/uploads/x")).not.toThrow();
    for (const nonsense of ["{", "3", '{"url": 1, "savedAt": 2}', '{"url": "x"}']) {
      const broken = new MemoryStorage();
      broken.setItem("waybill-upload:p1:10:77:a: b/ä.txt", nonsense);
      expect(new UploadRecords(broken, "p1", () => now).find(file)).toBeNull();
    }
  });
});
