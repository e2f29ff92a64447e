// Bytes for the flows: made from a seed, compared by digest, and archives judged by a reader that is not ours.
// Nothing here may read code of the product.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { python } from "./paths.mjs";

/**
 * Bytes that do not compress and are the same in every run.
 * @param {number} size
 * @param {string} seed
 */
export function noise(size, seed) {
  const blocks = [];
  for (let made = 0, n = 0; made < size; made += 64, n += 1) {
    blocks.push(createHash("sha512").update(`${seed}/${n}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, size);
}

/** @param {Uint8Array} bytes */
export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

const LIST_ZIP = `
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None, "an entry does not match its CRC"
    print(json.dumps([{"name": i.filename, "size": i.file_size,
                       "sha256": hashlib.sha256(archive.read(i)).hexdigest()} for i in archive.infolist()]))
`;

/**
 * The entries of a ZIP file, each read to its end and checked against its CRC by Python's zipfile.
 * @param {string} path
 * @returns {Promise<{name: string, size: number, sha256: string}[]>}
 */
export async function readZip(path) {
  const { stdout } = await promisify(execFile)(python(), ["-c", LIST_ZIP, path], { maxBuffer: 16 << 20 });
  return JSON.parse(stdout);
}
