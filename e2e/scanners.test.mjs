// Mailed links are opened by programs before people see them: previews, virus scanners, browsers that run every script
// and sometimes press what they find. Whatever they do, the person whose link it is has the one download it allows.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { noise, sha256 } from "./lib/bytes.mjs";
import { openHouseWithClock } from "./lib/house.mjs";
import { download } from "./lib/pages.mjs";
import { Owner, start } from "./lib/ticket.mjs";
import { Wire } from "./lib/wire.mjs";

/** @typedef {import("playwright-core").Page} Page */

const BIG = { name: "big.bin", bytes: noise(24 * 1024 * 1024, "scanners") };
const AGENTS = [
  "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
  "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
  "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
  "WhatsApp/2.23.20.0",
];

test("a link that was opened in every way without pressing is one download for the person", async (t) => {
  const { clock, waybill, browser } = await openHouseWithClock(t);
  const owner = await Owner.of(waybill);

  await t.test("by requests that only look", async () => {
    const ticket = await owner.ticket([BIG]);
    for (const agent of AGENTS) {
      const looked = await fetch(ticket.url, { headers: { "User-Agent": agent } });
      assert.equal(looked.status, 200);
      assert.doesNotMatch(await looked.text(), /\/d\/[A-Za-z0-9_-]{43}/, "a page leads to bytes by itself");
    }
    /** @type {[string, Record<string, string>, number][]} */
    const looks = [
      ["HEAD", {}, 200],
      ["GET", {}, 200],
      ["GET", { "Sec-Purpose": "prefetch;prerender", Purpose: "prefetch" }, 200],
      ["GET", { Range: "bytes=0-1023" }, 200],
      ["OPTIONS", {}, 405],
      ["PROPFIND", {}, 405],
      ["PUT", {}, 405],
    ];
    for (const [method, headers, expected] of looks) {
      const { wire, status } = await Wire.ask(ticket.url, { method, headers });
      wire.breakOff();
      assert.equal(status, expected, method);
    }
    await assertUntouched(ticket);
    await personDownloads(ticket);
  });

  await t.test("by a browser that runs scripts, waits, scrolls and moves the mouse", async () => {
    const ticket = await owner.ticket([BIG]);
    const page = await (await browser.person()).newPage();
    await page.goto(ticket.url);
    for (let step = 0; step < 20; step += 1) {
      await page.mouse.move(20 * step, 30 * step, { steps: 3 });
      await page.mouse.wheel(0, 40);
      await page.waitForTimeout(100);
    }
    // Over every button, pressing none; and every address that the page names is opened.
    for (const button of await page.getByRole("button").all()) await button.hover();
    const addresses = await page.locator("[href]").evaluateAll((found) => found.map((one) => Reflect.get(one, "href")));
    for (const address of addresses) await page.request.get(address);
    await page.reload();
    await page.close();
    await assertUntouched(ticket);
    await personDownloads(ticket);
  });

  /** The answer to the button, and the first bytes of the file. @type {[string, string][]} */
  const dropped = [
    ["the answer to the button", "*/p/*"],
    ["the file after its first bytes", "*/d/*"],
  ];
  for (const [what, pattern] of dropped) {
    await t.test(`by a browser that presses and drops ${what}`, async () => {
      const ticket = await owner.ticket([BIG]);
      const page = await (await browser.person()).newPage();
      await page.goto(ticket.url);
      await pressAndDrop(page, pattern);
      await page.close();
      await owner.logged(ticket, "download.started");
      if (pattern === "*/d/*") await owner.logged(ticket, "download.aborted");
      assert.equal((await start(ticket)).status, 409, "the button did not reserve the download");
      await clock.pass(waybill, 61);
      await owner.assertCounted(ticket, 0);
      await personDownloads(ticket);
    });
  }

  /** @param {import("./lib/ticket.mjs").Ticket} ticket */
  async function assertUntouched(ticket) {
    const shown = await owner.assertCounted(ticket, 0);
    assert.equal(shown.status, "active");
    assert.ok(!(await owner.log(ticket)).includes("download.started"), "looking started a download");
  }

  /** @param {import("./lib/ticket.mjs").Ticket} ticket */
  async function personDownloads(ticket) {
    const page = await (await browser.person()).newPage();
    await page.goto(ticket.url);
    const { name, path } = await download(page, page.getByRole("button", { name: /^download/i }).first());
    assert.equal(name, BIG.name);
    assert.equal(sha256(await readFile(path)), sha256(BIG.bytes));
    await page.close();
    await owner.assertUsedUp(ticket);
  }

  browser.assertQuiet();
});

/**
 * Presses Download and breaks off the first answer that comes from such an address, when its head is there.
 * @param {Page} page
 * @param {string} urlPattern
 */
async function pressAndDrop(page, urlPattern) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Fetch.enable", { patterns: [{ urlPattern, requestStage: "Response" }] });
  const broken = new Promise((resolve) => {
    devtools.on("Fetch.requestPaused", async ({ requestId }) => {
      await devtools.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
      resolve(undefined);
    });
  });
  await page
    .getByRole("button", { name: /^download/i })
    .first()
    .click({ noWaitAfter: true });
  await broken;
}
