// The flows' own tools, on pages that are wrong on purpose: a judge that never complains would make every flow green.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { join } from "node:path";
import { Browser } from "./lib/browser.mjs";
import { Child } from "./lib/child.mjs";
import { assertAccessible, assertReflows, judge, tabTo } from "./lib/judge.mjs";
import { root } from "./lib/paths.mjs";
import { Waybill } from "./lib/waybill.mjs";

/** @param {string} body */
const html = (body) => `<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1>${body}</main></html>`;

/** @param {import("node:test").TestContext} t @param {string} body */
async function pageWith(t, body) {
  const browser = await Browser.start();
  t.after(() => browser.close());
  const context = await browser.person();
  const page = await context.newPage();
  await page.setContent(html(body));
  return { browser, page };
}

test("a good page passes the judge, which leaves its pictures", async (t) => {
  const { page, browser } = await pageWith(t, "<p>Nothing is wrong here.</p>");
  await judge(page, "harness");
  assert.ok(existsSync(join(root, "e2e", "out", "harness-360-dark.png")));
  browser.assertQuiet();
});

test("an image without words fails the accessibility judge", async (t) => {
  const { page } = await pageWith(t, '<img src="data:,">');
  await assert.rejects(assertAccessible(page, "page"), /image-alt/);
});

test("targets smaller than 24 pixels fail the accessibility judge", async (t) => {
  const small = '<a href="#a" style="display:inline-block;width:9px;height:9px;overflow:hidden">a</a>';
  const { page } = await pageWith(t, `<div>${small}${small.replace("#a", "#b")}${small.replace("#a", "#c")}</div>`);
  await assert.rejects(assertAccessible(page, "page"), /target-size/);
});

test("a page that scrolls sideways is refused", async (t) => {
  const { page } = await pageWith(t, '<p style="width:340px">wide</p>');
  await assert.rejects(assertReflows(page, "page"), /wide on a screen of 320/);
});

test("an element that the keyboard cannot reach is refused", async (t) => {
  const { page } = await pageWith(t, '<button>One</button><button tabindex="-1">Two</button>');
  await tabTo(page, page.getByRole("button", { name: "One" }));
  await assert.rejects(tabTo(page, page.getByRole("button", { name: "Two" }), 5), /was not reached/);
});

test("an element without a visible focus is refused", async (t) => {
  const { page } = await pageWith(t, '<button style="outline:none">One</button>');
  await assert.rejects(tabTo(page, page.getByRole("button"), 5), /shows no focus/);
});

test("a script error and a dialog are complaints", async (t) => {
  const { browser, page } = await pageWith(t, "");
  const broke = page.waitForEvent("pageerror");
  await page.addScriptTag({ content: 'alert("hello"); setTimeout(() => { throw new Error("broken") });' });
  await broke;
  assert.throws(() => browser.assertQuiet(), /hello/);
  assert.throws(() => browser.assertQuiet(), /broken/);
});

test("a binary that is missing, or ends at once, fails the flow in words", async () => {
  const before = process.env.WAYBILL_BIN;
  try {
    process.env.WAYBILL_BIN = "/nonexistent/waybill";
    await assert.rejects(Waybill.start({ smtpUrl: "smtp://127.0.0.1:1" }), /hint: run dev\/e2e/);
    process.env.WAYBILL_BIN = "/bin/false";
    await assert.rejects(Waybill.start({ smtpUrl: "smtp://127.0.0.1:1" }), /waybill ended with exit code 1/);
  } finally {
    if (before === undefined) delete process.env.WAYBILL_BIN;
    else process.env.WAYBILL_BIN = before;
  }
});

test("a child that ignores the request to end is ended all the same", async () => {
  const child = new Child("stubborn", "/bin/sh", [
    "-c",
    'trap "" TERM; echo ready; while :; do read x || exec sleep 60; done',
  ]);
  await child.line(/ready/);
  assert.equal(await child.close(0.5), "ended with SIGKILL");
});
