// What every page must fulfil: accessibility rules, no sideways scrolling, reachable by keyboard; and pictures of it.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import { root } from "./paths.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */

export const WIDTHS = [360, 768, 1280];
const NARROWEST = 320;
const SCHEMES = /** @type {const} */ (["light", "dark"]);
const OUT = join(root, "e2e", "out");

/**
 * Judges a page in light and dark and leaves pictures of it in e2e/out/: NAME-WIDTH-SCHEME.png. The page keeps its size.
 * @param {Page} page
 * @param {string} name
 */
export async function judge(page, name) {
  await depict(page, name, (scheme) => assertAccessible(page, `${name}, ${scheme}`));
}

/**
 * The same without the rules of accessibility, whose judge waits for timers: for people who have switched scripts off.
 * @param {Page} page
 * @param {string} name
 */
export async function judgeLayout(page, name) {
  await depict(page, name, async () => {});
}

/** @param {Page} page @param {string} name @param {(scheme: string) => Promise<void>} also */
async function depict(page, name, also) {
  const before = page.viewportSize();
  await mkdir(OUT, { recursive: true });
  for (const colorScheme of SCHEMES) {
    // Without motion: what fades in would be judged half-way.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await page.screenshot({ path: join(OUT, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
    await also(colorScheme);
  }
  await assertReflows(page, name);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before) await page.setViewportSize(before);
}

/**
 * Fails on every violation of WCAG 2.2 A and AA that axe finds, and names the elements.
 * @param {Page} page
 * @param {string} name
 */
export async function assertAccessible(page, name) {
  // Evaluated rather than added as a script: the page's own policy forbids foreign scripts, as it should.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const judge = /** @type {typeof import("axe-core")} */ (Reflect.get(window, "axe"));
    const result = await judge.run(document, {
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"] },
      rules: { "target-size": { enabled: true } },
    });
    return result.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((n) => n.html).join("\n    ")}`);
  });
  assert.equal(violations.length, 0, `${name} breaks accessibility rules:\n  ${violations.join("\n  ")}`);
}

/**
 * Fails when the page scrolls sideways, on the narrowest screen of the rules or on a desk.
 * @param {Page} page
 * @param {string} name
 */
export async function assertReflows(page, name) {
  for (const width of [NARROWEST, ...WIDTHS]) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name} is ${wide} px wide on a screen of ${width} px`);
  }
}

/**
 * Presses Tab until the element has the focus, and fails when it cannot be reached or its focus cannot be seen.
 * @param {Page} page
 * @param {Locator} target
 * @param {number} presses at most
 */
export async function tabTo(page, target, presses = 60) {
  const focused = () => target.evaluate((element) => element === document.activeElement);
  for (let press = 0; press < presses && !(await focused()); press += 1) await page.keyboard.press("Tab");
  assert.ok(await focused(), `${target} was not reached with ${presses} presses of Tab`);
  const visible = await target.evaluate((element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const marked = (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
    return { marked, uncovered: top !== null && (element.contains(top) || top.contains(element)) };
  });
  assert.ok(visible.marked, `${target} shows no focus`);
  assert.ok(visible.uncovered, `${target} has the focus under something else`);
}
