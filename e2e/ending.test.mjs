// How a package ends and comes back: passwords, the last download, asking for a new link, extending, and the owner's
// forms about all of it; with script and without.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { noise, sha256 } from "./lib/bytes.mjs";
import { openHouseWithClock } from "./lib/house.mjs";
import { judge, judgeLayout } from "./lib/judge.mjs";
import * as pages from "./lib/pages.mjs";
import { secretLink } from "./lib/sink.mjs";
import { started } from "./lib/ticket.mjs";
import { Wire } from "./lib/wire.mjs";

/** @typedef {import("playwright-core").Page} Page */

const BOB = { name: "Bob Receiver", email: "bob@example.net" };
const DORA = { name: "Dora Receiver", email: "dora@example.org" };
const FRED = { name: "Fred Receiver", email: "fred@example.org" };
const PASSWORD = "three blind mice";
const PLAN = { name: "plan.pdf", bytes: noise(300_000, "plan") };
// More than the kernels of both sides hold, so whoever fetches it is not done before he has read.
const BIG = { name: "film.mov", bytes: noise(24 * 1024 * 1024, "film") };
const DAY_S = 24 * 3600;

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? "with script" : "without script";
  // The pages are the same ones; their pictures are told apart.
  /** @type {(page: Page, name: string) => Promise<void>} */
  const look = (page, name) => (javaScriptEnabled ? judge(page, name) : judgeLayout(page, `${name}-plain`));

  test(`packages end and come back, ${how}`, async (t) => {
    const { sink, clock, waybill, browser } = await openHouseWithClock(t);
    const person = async () => (await browser.person({ javaScriptEnabled })).newPage();
    const ann = await person();
    await pages.setUp(ann, await waybill.setupUrl());
    /** The page of a package, and the one link in the mail about it. @param {string} title @param {pages.Person} to @param {pages.Options} [options] @param {pages.Upload} [file] */
    const send = async (title, to, options, file = PLAN) => {
      await ann.goto(waybill.base);
      const wish = { title, note: "", to: [to], files: [file], ...(options ? { options } : {}) };
      const id = await pages.sendFiles(ann, wish, look);
      const [mail] = await sink.wait(to.email);
      assert.ok(mail);
      return { page: `${waybill.base}/packages/${id}`, link: secretLink(mail) };
    };

    const plan = await send("Plan", BOB, { downloads: 1, idleHours: 48, password: PASSWORD });

    await t.test("the owner's page says what was chosen while sending", async () => {
      await ann
        .getByText(/after 1 more download/)
        .first()
        .waitFor();
      await ann.locator("dt", { hasText: "Password" }).waitFor();
      await look(ann, "package-locked");
    });

    await t.test("a password is asked for, and the download goes on after a reload", async () => {
      const bob = await person();
      assert.equal((await bob.goto(plan.link))?.status(), 200);
      await look(bob, "unlock");
      assert.equal(await bob.getByText("Plan").count(), 0, "the title is told without the password");
      assert.equal(await pages.unlock(bob, "three blind rats"), 401);
      await bob.getByRole("alert").waitFor();
      await look(bob, "unlock-wrong");
      assert.equal(await pages.unlock(bob, PASSWORD), 200);
      await bob.locator("dt", { hasText: "Downloads left" }).waitFor();
      await look(bob, "landing-limit");
      await assertDownloads(bob);

      await assertBecomes(ann, plan.page, "completed");
      assert.equal((await bob.goto(plan.link))?.status(), 200, "his own visit no longer opens the page");
      await bob.getByText(/This package has ended/).waitFor();
      await look(bob, "landing-still-usable");
      await assertDownloads(bob);
    });

    await t.test("who comes too late asks, and the owner extends with one button from the mail", async () => {
      const eve = await person();
      assert.equal((await eve.goto(plan.link))?.status(), 410);
      await eve.getByText("Completed", { exact: false }).first().waitFor();
      await look(eve, "ended-completed");
      assert.equal(await pages.press(eve, eve.getByRole("button", { name: "Ask for a new link" })), 410);
      await eve.getByRole("status").waitFor();
      assert.equal(await eve.getByRole("button", { name: /ask/i }).count(), 0, "asking is offered twice");
      await look(eve, "ended-asked");
      await eve.goto(plan.link);
      assert.equal(await eve.getByRole("button", { name: /ask/i }).count(), 0, "asking is offered again that day");

      const [mail] = await sink.wait(pages.ADMIN.email);
      assert.ok(mail);
      const extend = mail.links.find((link) => link === `${plan.page}/extend`);
      assert.ok(extend, `no link to extend in the mail: ${mail.links.join(" ")}`);
      // On another machine, where nobody is signed in.
      const owner = await person();
      await owner.goto(extend);
      await owner.getByLabel(/e-?mail/i).fill(pages.ADMIN.email);
      await owner.getByLabel(/password/i).fill(pages.ADMIN.password);
      await pages.press(owner, owner.getByRole("main").getByRole("button", { name: /sign in/i }));
      assert.equal(owner.url(), extend, "signing in does not lead back");
      await owner.getByText(/Bob Receiver asked for a new link/).waitFor();
      await look(owner, "extend");
      await assertStatus(ann, plan.page, "completed");
      await pages.press(owner, owner.getByRole("button", { name: "Extend" }));
      await owner.getByText("Extended.").waitFor();

      assert.equal((await eve.goto(plan.link))?.status(), 200);
      assert.equal(await pages.unlock(eve, PASSWORD), 200);
      await assertDownloads(eve);
    });

    const film = await send("Film", DORA, { downloads: 1 }, BIG);

    await t.test("while somebody fetches the only download, another one is asked to wait", async () => {
      const { wire } = await Wire.ask(await started({ id: "", url: film.link, files: [] }));
      await wire.read(1024);
      const eve = await person();
      assert.equal((await eve.goto(film.link))?.status(), 200);
      const button = eve.getByRole("button", { name: /^download/i }).first();
      assert.equal(await pages.press(eve, button), 409);
      await eve.getByText(/Somebody is downloading this right now/).waitFor();
      await look(eve, "landing-busy");
      wire.breakOff();
    });

    await t.test("the policy is edited in a form that says what it cannot take", async () => {
      await ann.goto(film.page);
      await ann.getByText("Edit policy").click();
      await ann.getByLabel("Expire in total").fill("91");
      assert.equal(await pages.press(ann, ann.getByRole("button", { name: "Save policy" })), 422);
      const total = ann.getByLabel("Expire in total");
      assert.equal(await total.inputValue(), "91", "what was typed is lost");
      assert.equal(await total.getAttribute("aria-invalid"), "true");
      await ann.getByText(/between 1 and 90/).waitFor();
      await look(ann, "package-policy-refused");
      await total.fill("30");
      await ann.getByLabel("Days or hours").selectOption("hours");
      await ann.getByLabel(/after # of downloads/i).fill("3");
      assert.equal(await pages.press(ann, ann.getByRole("button", { name: "Save policy" })), 200);
      await ann.getByText("The policy is changed.").waitFor();
      await ann
        .getByText(/after 3 more downloads/)
        .first()
        .waitFor();
      await look(ann, "package-policy-saved");
    });

    await t.test("a password is set and removed after sending", async () => {
      await ann.goto(film.page);
      await ann.getByText("Set a password").click();
      await ann.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await pages.press(ann, ann.getByRole("button", { name: "Set password" }));
      await ann.getByText("The password is set.").waitFor();
      const eve = await person();
      await eve.goto(film.link);
      assert.equal(await pages.unlock(eve, PASSWORD), 200);
      await ann.getByText("Change or remove the password").click();
      await look(ann, "package-password");
      await pages.press(ann, ann.getByRole("button", { name: "Remove password" }));
      await ann.getByText("The password is removed.").waitFor();
      const fred = await person();
      await fred.goto(film.link);
      await fred.getByRole("heading", { name: "Film" }).waitFor();
    });

    await t.test("people choose what they are told", async () => {
      await ann.goto(`${waybill.base}/account`);
      const soon = ann.getByLabel(/ends within a day/);
      const before = await soon.isChecked();
      await soon.setChecked(!before);
      await pages.press(ann, ann.getByRole("button", { name: "Save notices" }));
      await ann.getByText("Your choice is saved.").waitFor();
      assert.equal(await ann.getByLabel(/ends within a day/).isChecked(), !before);
      await look(ann, "account-notices");
    });

    await t.test("an expired link says so and comes back with one press; a revoked one does not", async () => {
      const offer = await send("Offer", FRED);
      await clock.pass(waybill, 7 * DAY_S + 60);
      const fred = await person();
      assert.equal((await fred.goto(offer.link))?.status(), 410);
      await fred.getByRole("heading", { name: "This link has expired" }).waitFor();
      await fred.getByRole("button", { name: "Ask for a new link" }).waitFor();
      await look(fred, "ended-expired");

      await pages.signIn(ann, waybill.base);
      await ann.goto(offer.page);
      await look(ann, "package-expired");
      await pages.press(ann, ann.getByRole("button", { name: "Extend" }));
      await ann.getByText("Extended.").waitFor();
      assert.equal((await fred.goto(offer.link))?.status(), 200);

      await ann.getByRole("button", { name: /^revoke link/i }).click();
      if (javaScriptEnabled)
        await ann
          .getByRole("dialog")
          .getByRole("button", { name: /revoke/i })
          .click();
      await ann.getByText("Revoked", { exact: false }).first().waitFor();
      for (const word of ["Edit policy", "Set a password"]) assert.equal(await ann.getByText(word).count(), 0, word);
      assert.equal(await ann.getByRole("button", { name: "Extend" }).count(), 0);
      await ann.goto(`${offer.page}/extend`);
      assert.equal(await ann.getByRole("button", { name: "Extend" }).count(), 0, "extending is offered in vain");
      await look(ann, "extend-revoked");
    });

    browser.assertQuiet();
  });
}

/** Presses Download, and fails unless the plan arrives whole. @param {Page} page */
async function assertDownloads(page) {
  const { path } = await pages.download(page, page.getByRole("button", { name: /^download/i }).first());
  assert.equal(sha256(await readFile(path)), sha256(PLAN.bytes), "the file arrived with other bytes");
}

/** @param {Page} owner @param {string} page the package's @param {string} status */
async function assertStatus(owner, page, status) {
  assert.equal(await statusOf(owner, page), status);
}

/** Waits until a package has this status. @param {Page} owner @param {string} page @param {string} status */
async function assertBecomes(owner, page, status) {
  for (const end = Date.now() + 20_000; ;) {
    const found = await statusOf(owner, page);
    if (found === status) return;
    assert.ok(Date.now() < end, `the package is ${found} instead of ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {Page} owner @param {string} page @returns {Promise<string>} */
async function statusOf(owner, page) {
  const answer = await owner.request.get(page.replace("/packages/", "/api/v1/packages/"));
  assert.equal(answer.status(), 200);
  return (await answer.json()).status;
}
