// Where the flows find what they drive. A missing part is an error that names it, never a skipped flow.
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} path @param {string} hint */
function program(path, hint) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new Error(`${path} is not there or cannot be run. hint: ${hint}`);
  }
  return path;
}

/** The binary under test: WAYBILL_BIN, otherwise what a debug build leaves. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
  return program(process.env.WAYBILL_BIN ?? join(target, "debug", "waybill"), "run dev/e2e, which builds it");
}

export function python() {
  return program(process.env.WAYBILL_TEST_PYTHON ?? join(root, ".venv", "bin", "python"), "run dev/setup");
}

export function chromium() {
  return program(process.env.WAYBILL_TEST_CHROMIUM ?? "/usr/bin/chromium", "run dev/setup");
}

/** The library that moves a program's wall clock. */
export function faketime() {
  const folders = readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`);
  const there = folders.find((path) => existsSync(path));
  if (there === undefined) throw new Error("libfaketime is not there. hint: run dev/setup");
  return there;
}
