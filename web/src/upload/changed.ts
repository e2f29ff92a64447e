// Whether a file is still the one that was chosen.
import type { Fingerprint } from "./records";

export function isUnchanged(
  chosen: Fingerprint,
  now: { readonly size: number; readonly lastModified: number },
): boolean {
  return chosen.size === now.size && chosen.lastModified === now.lastModified;
}
