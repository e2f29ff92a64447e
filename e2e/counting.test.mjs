// A ticket for one download in the hands of the programs people fetch with: whatever they do on the way, whole bytes and
// one count. No line of this knows how the server counts; it judges by bytes, status codes, the API and the audit log.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { noise, readZip, sha256 } from "./lib/bytes.mjs";
import { openServer } from "./lib/house.mjs";
import { Owner, look, start, started } from "./lib/ticket.mjs";
import { Wire } from "./lib/wire.mjs";

/** @typedef {import("./lib/ticket.mjs").Ticket} Ticket */

const MIB = 1024 * 1024;
// What the kernels of both ends hold of an answer that nobody reads stays below half of it.
const BIG = { name: "big.bin", bytes: noise(24 * MIB, "counting") };
const TEXT = { name: "text.txt", bytes: Buffer.from("a few words\n") };
const SMALL = { name: "small.bin", bytes: noise(300_000, "small") };

/**
 * Runs a program to its end and answers what it said; fails unless it ends well.
 * @param {string} program @param {string[]} args @param {string} folder
 */
async function run(program, args, folder) {
  const { code, said } = await runUntil(program, args, folder);
  assert.equal(code, 0, `${program} ended with ${code}: ${said}`);
  return said;
}

/**
 * Runs a program and kills it once `enough` says so. Answers its exit code, which is null when it was killed.
 * @param {string} program @param {string[]} args @param {string} folder
 * @param {() => Promise<boolean>} [enough]
 * @returns {Promise<{code: number | null, said: string}>}
 */
async function runUntil(program, args, folder, enough) {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  const ended = new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Error(`${program}: ${error.message}. hint: run dev/setup`)));
    child.on("close", resolve);
  });
  const timer = setInterval(async () => {
    if (await enough?.()) child.kill("SIGKILL");
  }, 5);
  const code = await ended.finally(() => clearInterval(timer));
  return { code, said };
}

/** @param {string} path @param {number} bytes */
async function holds(path, bytes) {
  return (await stat(path).catch(() => ({ size: 0 }))).size >= bytes;
}

/** @param {string} path @param {Buffer} bytes */
async function assertWhole(path, bytes) {
  assert.equal(sha256(await readFile(path)), sha256(bytes), `${path} arrived with other bytes`);
}

/** @param {import("node:test").TestContext} t */
async function open(t) {
  const { waybill } = await openServer(t);
  const owner = await Owner.of(waybill);
  const folder = await mkdtemp(join(tmpdir(), "waybill-counting-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { owner, folder };
}

test("curl, wget and aria2 each fetch a ticket for one download, however often they are interrupted", async (t) => {
  const { owner, folder } = await open(t);
  const path = join(folder, "arrived.bin");
  t.beforeEach(() => rm(path, { force: true }));

  await t.test("curl -LOJ -d ''", async () => {
    const ticket = await owner.ticket([BIG]);
    await run("curl", ["-sS", "--fail", "-LOJ", "-d", "", ticket.url], folder);
    await assertWhole(join(folder, BIG.name), BIG.bytes);
    await owner.assertUsedUp(ticket);
  });

  await t.test("curl -C -, killed five times", async () => {
    const ticket = await owner.ticket([BIG]);
    const url = await started(ticket);
    const curl = ["-sS", "--fail", "-C", "-", "-o", path, url];
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.8]) {
      const enough = () => holds(path, part * BIG.bytes.length);
      const { code } = await runUntil("curl", ["--limit-rate", "20M", ...curl], folder, enough);
      assert.equal(code, null, "curl was not interrupted");
    }
    await owner.assertCounted(ticket, 0);
    await run("curl", curl, folder);
    await assertWhole(path, BIG.bytes);
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("wget -c, killed three times", async () => {
    const ticket = await owner.ticket([BIG]);
    const url = await started(ticket);
    const wget = ["--no-config", "-q", "-c", "-O", path, url];
    for (const part of [0.2, 0.5, 0.75]) {
      const enough = () => holds(path, part * BIG.bytes.length);
      const { code } = await runUntil("wget", ["--limit-rate=20m", ...wget], folder, enough);
      assert.equal(code, null, "wget was not interrupted");
    }
    await owner.assertCounted(ticket, 0);
    await run("wget", wget, folder);
    await assertWhole(path, BIG.bytes);
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("aria2c -x8 -s8, at a stretch and killed", async () => {
    const aria2 = ["--no-conf", "-q", "-x8", "-s8", "-k1M", "--file-allocation=none", "-c", "-o", "arrived.bin"];
    const ticket = await owner.ticket([BIG]);
    const url = await started(ticket);
    await run("aria2c", [...aria2, url], folder);
    await assertWhole(path, BIG.bytes);
    const begun = (await owner.log(ticket)).filter((action) => action === "download.started").length;
    assert.equal(begun, 1);
    await owner.assertUsedUp(ticket, url);

    await rm(path);
    const other = await owner.ticket([BIG]);
    const otherUrl = await started(other);
    const slow = ["--max-download-limit=20M", "--auto-save-interval=0", ...aria2, otherUrl];
    // Ended as a person does it, so that it can write down what it has.
    const { code } = await runUntil("timeout", ["--signal=INT", "0.6", "aria2c", ...slow], folder);
    assert.notEqual(code, 0, "aria2c was not interrupted");
    await owner.assertCounted(other, 0);
    await run("aria2c", [...aria2, otherUrl], folder);
    await assertWhole(path, BIG.bytes);
    await owner.assertUsedUp(other, otherUrl);
  });

  await t.test("two strangers with curl at once: one has it, the other is asked to wait", async () => {
    const ticket = await owner.ticket([BIG]);
    const slow = ["-sS", "-L", "-d", "", "--limit-rate", "30M", "-o", path, "-w", "%{http_code}", ticket.url];
    const first = run("curl", slow, folder);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const other = ["-sS", "-d", "", "-D", "-", "-o", join(folder, "refusal"), ticket.url];
    const said = await run("curl", other, folder);
    assert.match(said, /^HTTP\/1.1 409 /);
    assert.match(said, /^retry-after: [1-6]?[0-9]\r$/im);
    assert.equal(await first, "200");
    await assertWhole(path, BIG.bytes);
    await owner.assertUsedUp(ticket);
  });
});

test("resumes, ranges and both protocols count a ticket for one download once", async (t) => {
  const { owner } = await open(t);
  const third = Math.floor(BIG.bytes.length / 3);

  /** Fetches a third and breaks off. @param {string} url */
  async function fetchThird(url) {
    const { wire, status, headers } = await Wire.ask(url);
    assert.equal(status, 200);
    assert.equal(headers.get("accept-ranges"), "bytes");
    const bytes = await wire.read(third);
    wire.breakOff();
    const [etag = "", modified = ""] = [headers.get("etag"), headers.get("last-modified")];
    assert.match(etag, /^"[^"]+"$/, "a strong entity tag");
    return { bytes, etag, modified };
  }

  await t.test("as Firefox resumes: If-Match and If-Unmodified-Since", async () => {
    const ticket = await owner.ticket([BIG]);
    const url = await started(ticket);
    const { bytes, etag, modified } = await fetchThird(url);
    const range = { Range: `bytes=${third}-` };

    const wrong = await Wire.ask(url, { headers: { ...range, "If-Match": '"another"' } });
    assert.equal(wrong.status, 412);
    wrong.wire.breakOff();
    const old = await Wire.ask(url, { headers: { ...range, "If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT" } });
    assert.equal(old.status, 412);
    old.wire.breakOff();
    await owner.assertCounted(ticket, 0);

    const headers = { ...range, "If-Match": etag, "If-Unmodified-Since": modified };
    const rest = await Wire.ask(url, { headers });
    assert.equal(rest.status, 206);
    assert.equal(rest.headers.get("content-range"), `bytes ${third}-${BIG.bytes.length - 1}/${BIG.bytes.length}`);
    assert.equal(sha256(Buffer.concat([bytes, await rest.wire.read()])), sha256(BIG.bytes));
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("as Chromium resumes: If-Range; with another tag it gets everything anew", async () => {
    const ticket = await owner.ticket([BIG]);
    const url = await started(ticket);
    const { bytes, etag } = await fetchThird(url);
    const other = await Wire.ask(url, { headers: { Range: `bytes=${third}-`, "If-Range": '"another"' } });
    assert.equal(other.status, 200);
    assert.equal(other.headers.get("content-length"), String(BIG.bytes.length));
    other.wire.breakOff();
    const rest = await Wire.ask(url, { headers: { Range: `bytes=${third}-`, "If-Range": etag } });
    assert.equal(rest.status, 206);
    assert.equal(sha256(Buffer.concat([bytes, await rest.wire.read()])), sha256(BIG.bytes));
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("sixteen ranges in any order, six at a time", async () => {
    const ticket = await owner.ticket([BIG]);
    const url = await started(ticket);
    const size = BIG.bytes.length / 16;
    const order = [7, 15, 0, 3, 12, 9, 1, 14, 6, 2, 11, 5, 13, 8, 4, 10];
    const arrived = Buffer.alloc(BIG.bytes.length);
    const last = /** @type {number} */ (order.pop());
    const fetchPart = /** @param {number} part */ async (part) => {
      const range = `bytes=${part * size}-${(part + 1) * size - 1}`;
      const { wire, status } = await Wire.ask(url, { headers: { Range: range } });
      assert.equal(status, 206);
      (await wire.read()).copy(arrived, part * size);
    };
    const queue = [...order];
    const workers = Array.from({ length: 6 }, async () => {
      for (let part = queue.shift(); part !== undefined; part = queue.shift()) await fetchPart(part);
    });
    await Promise.all(workers);
    await owner.assertCounted(ticket, 0);
    await fetchPart(last);
    assert.equal(sha256(arrived), sha256(BIG.bytes));
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("over HTTP/2, with a stream that is reset in the middle", async () => {
    const ticket = await owner.ticket([BIG]);
    const url = new URL(await started(ticket));
    const session = connectHttp2(url.origin);
    try {
      const begun = await http2Fetch(session, { ":path": url.pathname }, third);
      assert.equal(begun.status, 200);
      await owner.logged(ticket, "download.aborted");
      await owner.assertCounted(ticket, 0);
      const rest = await http2Fetch(session, { ":path": url.pathname, range: `bytes=${third}-` });
      assert.equal(rest.status, 206);
      const bytes = Buffer.concat([begun.bytes.subarray(0, third), rest.bytes]);
      assert.equal(sha256(bytes), sha256(BIG.bytes));
      await owner.assertUsedUp(ticket, url.href);
    } finally {
      session.destroy();
    }
  });

  await t.test("HEAD and conditions that are not met serve nothing and count nothing", async () => {
    const ticket = await owner.ticket([SMALL]);
    const url = await started(ticket);
    const head = await fetch(url, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get("content-length"), String(SMALL.bytes.length));
    const etag = head.headers.get("etag") ?? "";
    const same = await fetch(url, { headers: { "If-None-Match": etag } });
    assert.equal(same.status, 304);
    const behind = await fetch(url, { headers: { Range: `bytes=${SMALL.bytes.length}-` } });
    assert.equal(behind.status, 416);
    await owner.assertCounted(ticket, 0);
    assert.equal((await start(ticket)).status, 409, "the slot is taken by the one who pressed");
  });
});

test("the archive and single files of one visit count once; a limit of two lets two visits in", async (t) => {
  const { owner, folder } = await open(t);
  const contents = [BIG, SMALL, TEXT];
  const ticket = await owner.ticket(contents, 2);

  const visit = await look(ticket);
  const archive = await started(ticket, { visit, what: "/archive" });
  const zip = join(folder, "all.zip");
  await run("curl", ["-sS", "--fail", "-o", zip, archive], folder);
  const entries = (await readZip(zip)).map((entry) => [entry.name, entry.sha256]);
  assert.deepEqual(entries.sort(), contents.map(({ name, bytes }) => [name, sha256(bytes)]).sort());
  await owner.assertCounted(ticket, 1);
  for (const { id, name, sha256: digest } of ticket.files) {
    const url = await started(ticket, { visit, what: `/files/${id}` });
    const path = join(folder, name);
    await run("curl", ["-sS", "--fail", "-o", path, url], folder);
    assert.equal(sha256(await readFile(path)), digest);
  }
  assert.equal((await owner.assertCounted(ticket, 1)).status, "active");

  // The other way round: a file first, then another, then all.
  const other = await look(ticket);
  assert.notEqual(other, visit);
  const [first, second] = ticket.files;
  for (const what of [`/files/${second?.id}`, `/files/${first?.id}`, "/archive"]) {
    const answer = await fetch(await started(ticket, { visit: other, what }));
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
  assert.equal((await owner.assertCounted(ticket, 2)).status, "completed");
  assert.equal((await start(ticket)).status, 410);
  assert.equal(
    (await start(ticket, { visit, what: "/archive" })).status,
    201,
    "the day of the first visit is not over",
  );
});

/**
 * One request on a session; breaks the stream off after `count` bytes.
 * @param {import("node:http2").ClientHttp2Session} session
 * @param {import("node:http2").OutgoingHttpHeaders} headers
 * @returns {Promise<{status: number, bytes: Buffer}>}
 */
function http2Fetch(session, headers, count = Infinity) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    /** @type {Buffer[]} */
    const parts = [];
    let [status, length] = [0, 0];
    const timer = setTimeout(() => reject(new Error(`the stream stands still after ${length} bytes`)), 20_000);
    const done = () => {
      clearTimeout(timer);
      resolve({ status, bytes: Buffer.concat(parts) });
    };
    stream.on("response", (answer) => (status = Number(answer[":status"])));
    stream.on("data", (data) => {
      parts.push(data);
      length += data.length;
      if (length < count) return;
      stream.close(8);
      done();
    });
    stream.on("end", done);
    stream.on("error", reject);
    stream.end();
  });
}
