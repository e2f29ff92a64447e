// The server's wall clock in the flow's hands (libfaketime). Only that clock: its timers, its timeouts and the times of
// its files stay the machine's, so a flow moves promises that take a minute or a day and waits for none of them.
import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faketime } from "./paths.mjs";

export class WallClock {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "waybill-clock-"));
    this.path = join(this.folder, "offset");
    this.seconds = 0;
    this.write();
  }

  /** What the server's environment needs. @returns {NodeJS.ProcessEnv} */
  env() {
    return {
      LD_PRELOAD: faketime(),
      FAKETIME_TIMESTAMP_FILE: this.path,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    };
  }

  /**
   * Lets so many seconds pass on the clock of the server, and makes sure that it has noticed.
   * @param {{base: string}} server
   * @param {number} seconds
   */
  async pass(server, seconds) {
    this.seconds += seconds;
    this.write();
    for (const end = Date.now() + 5_000; ;) {
      // The header is made anew once a second.
      const answer = await fetch(`${server.base}/healthz`);
      const ahead = (Date.parse(answer.headers.get("date") ?? "") - Date.now()) / 1000;
      if (Math.abs(ahead - this.seconds) < 3) return;
      assert.ok(Date.now() < end, `the server's clock is ${ahead} s ahead instead of ${this.seconds}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /**
   * Lets so many seconds pass while the server is away; a long absence is believed where a jump is not.
   * @param {{startAgain: () => Promise<void>, kill: () => Promise<void>}} server
   * @param {number} seconds
   */
  async passWithout(server, seconds) {
    await server.kill();
    this.seconds += seconds;
    this.write();
    await server.startAgain();
  }

  write() {
    writeFileSync(`${this.path}.new`, `+${this.seconds}\n`);
    renameSync(`${this.path}.new`, this.path);
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
    return Promise.resolve();
  }
}
