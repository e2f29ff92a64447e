// One flow's world: a server, its mail, a browser. Everything ends with the test, also when it fails.
import { Browser } from "./browser.mjs";
import { Sink } from "./sink.mjs";
import { Waybill } from "./waybill.mjs";

/**
 * @param {import("node:test").TestContext} test
 * @param {{env?: NodeJS.ProcessEnv}} [options]
 */
export async function openHouse(test, { env = {} } = {}) {
  /** @type {(() => Promise<unknown>)[]} */
  const closers = [];
  test.after(async () => {
    for (const close of closers.reverse()) await close();
  });
  const sink = await Sink.start();
  closers.push(() => sink.close());
  const waybill = await Waybill.start({ smtpUrl: sink.smtpUrl, env });
  closers.push(async () => {
    // `passed` is there in Node 20, but not yet in its types.
    if (Reflect.get(test, "passed") !== true)
      test.diagnostic(`the server's last words:\n${waybill.child.lines.slice(-40).join("\n")}`);
    await waybill.close();
  });
  const browser = await Browser.start();
  closers.push(() => browser.close());
  return { sink, waybill, browser };
}
