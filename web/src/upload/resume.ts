// Which upload a chosen file continues, if any. Pure.
import type { Fingerprint, UploadRecord } from "./records";

/** An unfinished upload as the server tells it. */
export interface Unfinished {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly offset: number;
  /** The upload's own URL, its authority. */
  readonly url: string;
}

export type Plan =
  | { readonly kind: "new" }
  | { readonly kind: "resume"; readonly url: string; readonly offset: number; readonly uploadId: string | null }
  /** This very file, same time of change, is already complete. */
  | { readonly kind: "done"; readonly fileId: string };

/**
 * Decides for one chosen file. `record` is what this browser remembers of it, `unfinished` what the server still waits
 * for (without those already taken by another row), `completeIds` the ids of the package's complete files.
 *
 * A record knows the time of change, so it goes first; without one (another machine, cleared storage) the same path and
 * size is taken for the same file, the furthest one first. Whether its bytes still fit is checked once more before the first
 * byte leaves, by the time of change that the upload carries.
 */
export function planFor(
  file: Fingerprint,
  record: UploadRecord | null,
  unfinished: readonly Unfinished[],
  completeIds: ReadonlySet<string>,
): Plan {
  if (record?.fileId && completeIds.has(record.fileId)) return { kind: "done", fileId: record.fileId };
  const candidates = unfinished.filter(
    (upload) => upload.url !== "" && upload.path === file.path && upload.size === file.size,
  );
  const own = candidates.find((upload) => upload.url === record?.url);
  const best = own ?? candidates.toSorted((a, b) => b.offset - a.offset)[0];
  return best ? { kind: "resume", url: best.url, offset: best.offset, uploadId: best.id } : { kind: "new" };
}
