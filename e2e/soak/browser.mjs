// A large file from a real browser, over a line that is cut and a server that is killed, to a recipient's curl.
//
//   dev/soak browser [--mib N] [--sabotage]
//
// It must arrive with the same SHA-256 without anybody pressing anything, and the server's memory stays small meanwhile.
// With --sabotage one byte is changed on its way up: must fail.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { Browser } from "../lib/browser.mjs";
import * as pages from "../lib/pages.mjs";
import { Sink, secretLink } from "../lib/sink.mjs";
import { Waybill } from "../lib/waybill.mjs";
import { Line } from "./line.mjs";

const MIB = 1024 * 1024;
const MEMORY_MIB_MAX = 100;
const SILENCE_MS = 15_000;
const DOWN_MS = 3_000;
const PATIENCE_MS = 20 * 60_000;
const BOB = { name: "Bob Receiver", email: "bob@example.net" };

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes bytes that do not compress, the same in every run, and answers their SHA-256. @param {string} path @param {number} mib */
async function writeNoise(path, mib) {
  const stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, "soak"), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  const digest = createHash("sha256");
  const file = await open(path, "w");
  for (let n = 0; n < mib; n += 1) {
    const piece = stream.update(zeros);
    digest.update(piece);
    await file.write(piece);
  }
  await file.close();
  return digest.digest("hex");
}

/** @param {string} path */
async function digestOf(path) {
  const digest = createHash("sha256");
  for await (const piece of createReadStream(path)) digest.update(piece);
  return digest.digest("hex");
}

/** Looks at the server's memory twice a second. */
class Memory {
  /** @param {Waybill} waybill */
  constructor(waybill) {
    this.peakMib = 0;
    this.samples = 0;
    this.timer = setInterval(() => this.look(waybill), 500);
  }

  /** @param {Waybill} waybill */
  look(waybill) {
    try {
      const status = readFileSync(`/proc/${waybill.child.process.pid}/status`, "utf8");
      const peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
      this.samples += peak > 0 ? 1 : 0;
      this.peakMib = Math.max(this.peakMib, peak);
    } catch {
      // Between two lives there is none.
    }
  }

  close() {
    clearInterval(this.timer);
    return Promise.resolve();
  }
}

/** Cuts the line at a fifth of the way and kills the server past the middle. @param {Line} line @param {Waybill} waybill @param {number} size */
async function trouble(line, waybill, size) {
  await line.reach(size * 0.2);
  line.cut();
  await pause(SILENCE_MS);
  line.mend();
  await line.reach(size * 0.55);
  await waybill.kill();
  await pause(DOWN_MS);
  const began = Date.now();
  await waybill.startAgain();
  return Date.now() - began;
}

/** @param {string} folder @param {string} link */
async function fetchWithCurl(folder, link) {
  const path = join(folder, "arrived.bin");
  const began = Date.now();
  // As a person at a terminal does it: a start by POST, then the bytes.
  await promisify(execFile)("curl", [
    "--fail",
    "--silent",
    "--show-error",
    "--location",
    "--data",
    "",
    "--output",
    path,
    link,
  ]);
  return { path, seconds: (Date.now() - began) / 1000 };
}

/**
 * @param {Record<string, unknown>} figures
 * @param {(() => Promise<unknown>)[]} closers
 * @param {{mib: number, sabotage: boolean}} options
 */
async function run(figures, closers, { mib, sabotage }) {
  const folder = await mkdtemp(join(tmpdir(), "waybill-soak-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "large.bin");
  const sha256 = await writeNoise(path, mib);
  const sink = await Sink.start();
  closers.push(() => sink.close());
  const line = await Line.open();
  closers.push(() => line.close());
  const waybill = await Waybill.start({ smtpUrl: sink.smtpUrl, publicUrl: line.base });
  closers.push(() => waybill.close());
  line.target = waybill.port;
  const memory = new Memory(waybill);
  closers.push(() => memory.close());
  const browser = await Browser.start();
  closers.push(() => browser.close());

  const ann = await (await browser.person()).newPage();
  await pages.setUp(ann, await waybill.setupUrl());
  const size = mib * MIB;
  if (sabotage) line.damageAt = line.sent + size * 0.4;
  const began = Date.now();
  const wish = { title: "Large", note: "", to: [BOB], files: [{ path }], patienceMs: PATIENCE_MS };
  const [restartMs] = await Promise.all([trouble(line, waybill, size), pages.sendFiles(ann, wish)]);
  figures["file MiB"] = mib;
  figures["upload s, with 15 s of silence and 3 s without a server"] = Math.round((Date.now() - began) / 1000);
  figures["bytes sent again MiB"] = Math.round((line.sent - size) / MIB);
  figures["restart s"] = restartMs / 1000;

  const [mail] = await sink.wait(BOB.email);
  assert.ok(mail, "no mail for the recipient");
  const arrived = await fetchWithCurl(folder, secretLink(mail));
  figures["download s"] = Math.round(arrived.seconds);
  assert.equal(await digestOf(arrived.path), sha256, "the file arrived with other bytes");
  figures["memory MiB at most"] = Math.round(memory.peakMib);
  figures["memory samples"] = memory.samples;
  assert.ok(memory.samples > 10, "the memory was hardly looked at");
  assert.ok(memory.peakMib < MEMORY_MIB_MAX, `the server used ${memory.peakMib} MiB of memory`);
}

const { values } = parseArgs({
  options: { mib: { type: "string", default: "2048" }, sabotage: { type: "boolean", default: false } },
});
/** @type {Record<string, unknown>} */
const figures = {};
/** @type {(() => Promise<unknown>)[]} */
const closers = [];
/** @type {string | null} */
let failure = null;
const began = Date.now();
try {
  await run(figures, closers, { mib: Number(values.mib), sabotage: values.sabotage });
} catch (error) {
  failure = error instanceof Error ? error.message : String(error);
}
for (const close of closers.reverse()) await close();
figures["seconds"] = Math.round((Date.now() - began) / 1000);
const verdict = { scenario: "browser", passed: failure === null, failure, figures };
if (process.env.SOAK_OUT) await writeFile(join(process.env.SOAK_OUT, "browser.json"), JSON.stringify(verdict, null, 2));
for (const [name, value] of Object.entries(figures)) console.log(`   ${name}: ${value}`);
console.log(`== browser: ${failure === null ? "passed" : `FAILED: ${failure}`}`);
process.exit(failure === null ? 0 : 1);
