// Send files, from the first start of a server to the end of a link, with nothing but a browser and a mailbox.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { noise, readZip, sha256 } from "./lib/bytes.mjs";
import { openHouse } from "./lib/house.mjs";
import { judge, tabTo } from "./lib/judge.mjs";
import * as pages from "./lib/pages.mjs";
import { header, secretLink } from "./lib/sink.mjs";

const BOB = { name: "Bob Receiver", email: "bob@example.net" };
const EVE = { name: "Eve Receiver", email: "eve@example.org" };
const TITLE = "Quarterly report";
// Markup, a quote, a header separator, an accent and a direction override: what a file name can carry.
const HOSTILE = `<img src=x onerror=alert(1)>"; ä\u202Egpj.txt`;
const FILES = [
  { name: "report.pdf", bytes: noise(3_000_000, "report") },
  { name: HOSTILE, bytes: Buffer.from("hostile only in name") },
  { name: "empty.bin", bytes: Buffer.alloc(0) },
];
const report = /** @type {typeof FILES[number]} */ (FILES[0]);

test("files sent in the browser reach both recipients, are counted, audited, and end when revoked", async (t) => {
  const { sink, waybill, browser } = await openHouse(t);
  const ann = await (await browser.person()).newPage();

  await pages.setUp(ann, await waybill.setupUrl(), judge);
  const again = await ann.request.get(await waybill.setupUrl(), { maxRedirects: 0 });
  assert.notEqual(again.status(), 200, "the setup page opens a second time");
  await pages.signIn(ann, waybill.base, judge);
  await judge(ann, "dashboard-empty");

  const id = await pages.sendFiles(
    ann,
    { title: TITLE, note: "line one\nline two <b>", to: [BOB, EVE], files: FILES },
    judge,
  );
  await judge(ann, "package");

  const mails = await Promise.all([BOB, EVE].map(({ email }) => sink.wait(email)));
  const links = mails.map(([mail]) => {
    assert.ok(mail);
    assert.equal(mail.subject, `${pages.ADMIN.name} has shared files with you: ${TITLE}`);
    assert.match(header(mail, "Reply-To"), /ann@example\.com/);
    assert.deepEqual(mail.rcpt_tos.length, 1, "recipients see each other");
    return secretLink(mail);
  });
  const [bobsLink, evesLink] = /** @type {[string, string]} */ (links);
  assert.notEqual(bobsLink, evesLink, "each recipient has a link of their own");

  await t.test("the recipient's page works without script and without cookies", async () => {
    const bob = await (await browser.person({ javaScriptEnabled: false })).newPage();
    const opened = await bob.goto(bobsLink);
    assert.equal(opened?.status(), 200);
    await bob.getByText(TITLE).first().waitFor();
    await bob.getByText(pages.ADMIN.name).first().waitFor();
    assert.equal(await bob.locator("img[src=x]").count(), 0, "a file name became markup");
    assert.deepEqual(await bob.context().cookies(), [], "looking sets a cookie");

    const one = await pages.download(bob, pages.downloadFileButton(bob, report.name));
    assert.equal(one.name, report.name);
    assert.ok(report.bytes.equals(await readFile(one.path)), "report.pdf arrived with other bytes");

    const kept = await bob.context().cookies();
    assert.deepEqual(
      kept.map(({ name, path, httpOnly }) => [name, path, httpOnly]),
      [["waybill_visit", new URL(bobsLink).pathname, true]],
      "one cookie, for this link alone",
    );

    // As if it had been refused: the page itself knows whose visit it is.
    await bob.context().clearCookies();
    const all = await pages.download(bob, pages.downloadAllButton(bob));
    assert.match(all.name, /\.zip$/);
    const entries = await readZip(all.path);
    assert.deepEqual(
      entries.map((entry) => entry.sha256).sort(),
      FILES.map((file) => sha256(file.bytes)).sort(),
      "the archive holds other files than were sent",
    );
    for (const { name } of entries) assert.doesNotMatch(name, /^\/|\.\.|\u202E/, "a hostile name in the archive");
  });

  await t.test("the recipient's page is accessible and can be used by keyboard alone", async () => {
    const eve = await (await browser.person()).newPage();
    await eve.goto(evesLink);
    await judge(eve, "recipient");
    const button = pages.downloadAllButton(eve);
    await tabTo(eve, button);
    const [started] = await Promise.all([eve.waitForEvent("download"), eve.keyboard.press("Enter")]);
    assert.equal(await started.failure(), null);
  });

  await t.test("the owner sees who opened and downloaded what", async () => {
    // Views are batched by the minute, so the page is asked until it tells everything.
    const wanted = ["package.finalized", "mail.sent", "link.viewed", "download.started", "download.completed"];
    await eventually(async () => {
      const answer = await ann.request.get(`${waybill.base}/api/v1/packages/${id}/audit?limit=200`);
      assert.equal(answer.status(), 200);
      const actions = (await answer.json()).items.map((/** @type {{action: string}} */ item) => item.action);
      for (const action of wanted) assert.ok(actions.includes(action), `${action} is missing in ${actions}`);
    });
    const shown = await (await ann.request.get(`${waybill.base}/api/v1/packages/${id}`)).json();
    assert.deepEqual(
      shown.recipients.map((/** @type {{email: string, downloads: number}} */ r) => [r.email, r.downloads]).sort(),
      [
        [BOB.email, 1],
        [EVE.email, 1],
      ],
      "one visit is one download, however many requests it takes",
    );
    await ann.reload();
    for (const { name } of [BOB, EVE]) await ann.getByText(name).first().waitFor();
    assert.equal(await ann.getByText(/downloaded 1 time/i).count(), 2, "the page shows one download by each");
    await judge(ann, "package-downloaded");
  });

  await t.test("a revoked link answers 410 and says so", async () => {
    await pages.revokeAll(ann);
    for (const link of [bobsLink, evesLink]) {
      const late = await (await browser.person()).newPage();
      const answer = await late.goto(link);
      assert.equal(answer?.status(), 410);
      await late
        .getByText(/withdrawn|revoked/i)
        .first()
        .waitFor();
      await judge(late, "ended-revoked");
    }
    const unknown = await (await browser.person()).newPage();
    const answer = await unknown.goto(`${waybill.base}/p/${"x".repeat(43)}`);
    assert.equal(answer?.status(), 410);
    await judge(unknown, "ended-unknown");
  });

  browser.assertQuiet();
});

test("files are sent and received without any script", async (t) => {
  const { sink, waybill, browser } = await openHouse(t);
  const ann = await (await browser.person({ javaScriptEnabled: false })).newPage();
  await pages.setUp(ann, await waybill.setupUrl());
  const id = await pages.sendFiles(ann, { title: TITLE, note: "", to: [BOB], files: FILES });

  const answer = await ann.request.get(`${waybill.base}/api/v1/packages/${id}`);
  const shown = await answer.json();
  assert.equal(shown.status, "active");
  assert.deepEqual(
    shown.files.map((/** @type {{sha256: string}} */ file) => file.sha256).sort(),
    FILES.map((file) => sha256(file.bytes)).sort(),
  );
  const [mail] = await sink.wait(BOB.email);
  assert.ok(mail);
  const bob = await (await browser.person({ javaScriptEnabled: false })).newPage();
  await bob.goto(secretLink(mail));
  const one = await pages.download(bob, pages.downloadFileButton(bob, report.name));
  assert.ok(report.bytes.equals(await readFile(one.path)));
  browser.assertQuiet();
});

/**
 * Tries until it no longer fails, at most 80 s; then fails as it did.
 * @param {() => Promise<void>} attempt
 */
async function eventually(attempt) {
  for (const end = Date.now() + 80_000; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
