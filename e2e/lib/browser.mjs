// The browser of the flows: Debian's Chromium, cut off from everything but this machine.
import assert from "node:assert/strict";
import { chromium as engine } from "playwright-core";
import { chromium } from "./paths.mjs";

/** @typedef {import("playwright-core").BrowserContextOptions} ContextOptions */

export class Browser {
  /** @param {import("playwright-core").Browser} engine */
  constructor(engine) {
    this.engine = engine;
    /** @type {string[]} */
    this.complaints = [];
  }

  static async start() {
    const browser = await engine.launch({
      executablePath: chromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
      ],
    });
    return new Browser(browser);
  }

  /**
   * A person with a browser of their own: no cookies, nothing cached. What their pages complain about is kept.
   * @param {ContextOptions} [options]
   */
  async person(options = {}) {
    const context = await this.engine.newContext({ acceptDownloads: true, locale: "en-GB", ...options });
    context.setDefaultTimeout(15_000);
    context.on("weberror", (error) => this.complaints.push(`error in a script: ${error.error().message}`));
    context.on("dialog", (dialog) => {
      this.complaints.push(`a dialog nobody asked for: ${dialog.message()}`);
      void dialog.dismiss();
    });
    context.on("console", (message) => {
      // The browser says so for every page with an error status, which flows look at on purpose.
      const status = message.text().startsWith("Failed to load resource: the server responded");
      if (message.type() === "error" && !status) this.complaints.push(`console: ${message.text()}`);
    });
    return context;
  }

  /** Fails when any page had a script error, a refused resource or an unexpected dialog. */
  assertQuiet() {
    assert.deepEqual(this.complaints, [], "pages complained");
  }

  close() {
    return this.engine.close();
  }
}
