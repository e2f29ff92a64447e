// What a person does on the pages, in the words of the pages: roles and names, no classes, no ids of the markup.
// When a page changes its words, this is the file to change; what the product promises stays in the flows.
import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Download} Download */
/** @typedef {{name: string, email: string}} Person */
/** @typedef {{name: string, bytes: Buffer} | {path: string}} Upload a file of the flow's, or one on the disk */
/** @typedef {{downloads?: number, idleHours?: number, password?: string}} Options what the collapsed line of the send page holds */

export const ADMIN = { name: "Ann Example", email: "ann@example.com", password: "correct horse battery staple" };

/**
 * Opens the one-time setup page and makes the first admin.
 * @param {Page} page
 * @param {string} setupUrl
 * @param {(page: Page, name: string) => Promise<void>} [look] called with each page on the way
 */
export async function setUp(page, setupUrl, look) {
  const answer = await page.goto(setupUrl);
  assert.equal(answer?.status(), 200, "the setup page opens");
  await look?.(page, "setup");
  await page.getByLabel(/name/i).fill(ADMIN.name);
  await page.getByLabel(/e-?mail/i).fill(ADMIN.email);
  await page.getByLabel(/password/i).fill(ADMIN.password);
  await page.getByRole("main").getByRole("button").click();
  await sendFilesLink(page).waitFor();
}

/**
 * Signs in through the form, whatever session there was.
 * @param {Page} page
 * @param {string} base
 * @param {(page: Page, name: string) => Promise<void>} [look]
 */
export async function signIn(page, base, look) {
  await page.context().clearCookies();
  await page.goto(`${base}/`);
  await look?.(page, "sign-in");
  await page.getByLabel(/e-?mail/i).fill(ADMIN.email);
  await page.getByLabel(/password/i).fill(ADMIN.password);
  await page
    .getByRole("main")
    .getByRole("button", { name: /sign in/i })
    .click();
  await sendFilesLink(page).waitFor();
}

/** @param {Page} page the dashboard */
function sendFilesLink(page) {
  return page.getByRole("link", { name: /send files/i }).first();
}

/**
 * Sends files from the dashboard, as a person does: files first, the form while they travel. Ends on the package's page.
 * @param {Page} page the dashboard
 * @param {{title: string, note: string, to: Person[], files: Upload[], options?: Options, patienceMs?: number}} wish
 * @param {(page: Page, name: string) => Promise<void>} [look]
 * @returns {Promise<string>} the package's id
 */
export async function sendFiles(page, { title, note, to, files, options, patienceMs = 60_000 }, look) {
  await sendFilesLink(page).click();
  const paths = files.flatMap((file) => ("path" in file ? [file.path] : []));
  const made = files.flatMap((file) => ("path" in file ? [] : [file]));
  const payloads = made.map(({ name, bytes }) => ({ name, mimeType: "application/octet-stream", buffer: bytes }));
  await page.getByLabel(/add files/i).setInputFiles(paths.length > 0 ? paths : payloads);
  await page.getByLabel(/^title/i).fill(title);
  await page.getByLabel(/^to\b|recipients/i).fill(to.map(({ name, email }) => `${name} <${email}>`).join("\n"));
  await page.getByLabel(/^note/i).fill(note);
  if (options) {
    await page.getByText("Options", { exact: true }).click();
    if (options.idleHours) await page.getByLabel(/hours after last download/i).fill(String(options.idleHours));
    if (options.downloads) await page.getByLabel(/after # of downloads/i).fill(String(options.downloads));
    if (options.password) await page.getByLabel("Password", { exact: true }).fill(options.password);
  }
  await look?.(page, "send");
  await page.getByRole("button", { name: /^send$/i }).click();
  // A draft's address is the package's as well: the heading tells the pages apart.
  await page.getByRole("heading", { level: 1, name: title }).waitFor({ timeout: patienceMs });
  const id = /\/packages\/([0-9a-f-]{36})/.exec(page.url())?.[1];
  assert.ok(id, `not on a package's page: ${page.url()}`);
  return id;
}

/**
 * Presses a button and returns the finished download's path.
 * @param {Page} page
 * @param {import("playwright-core").Locator} button
 */
export async function download(page, button) {
  const [started] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const failure = await started.failure();
  assert.equal(failure, null, `the download of ${started.suggestedFilename()} failed: ${failure}`);
  return { name: started.suggestedFilename(), path: await started.path() };
}

/** @param {Page} page a recipient's page */
export function downloadAllButton(page) {
  return page.getByRole("button", { name: /^download all/i });
}

/** @param {Page} page a recipient's page @param {string} fileName */
export function downloadFileButton(page, fileName) {
  return page.getByRole("button", { name: `Download ${fileName}` });
}

/**
 * Revokes every link of a package on its page.
 * @param {Page} page the package's page
 */
export async function revokeAll(page) {
  await page
    .getByRole("button", { name: /^revoke/i })
    .first()
    .click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /revoke/i })
    .click();
  await page
    .getByText(/revoked/i)
    .first()
    .waitFor();
}

/**
 * Types the password that a link asks for, and answers the status of the page that comes.
 * @param {Page} page
 * @param {string} password
 */
export async function unlock(page, password) {
  await page.getByLabel("Password", { exact: true }).fill(password);
  return press(page, page.getByRole("button", { name: "Open" }));
}

/**
 * Presses a button that leads to a page, and answers the page's status.
 * @param {Page} page
 * @param {import("playwright-core").Locator} button
 */
export async function press(page, button) {
  const [answer] = await Promise.all([
    page.waitForResponse((answer) => answer.request().isNavigationRequest() && answer.status() !== 303),
    button.click(),
  ]);
  await page.waitForLoadState();
  return answer.status();
}
