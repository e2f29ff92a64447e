// One flow's world: a server, its mail, a browser. Everything ends with the test, also when it fails.
import { Browser } from "./browser.mjs";
import { Sink } from "./sink.mjs";
import { WallClock } from "./time.mjs";
import { Waybill } from "./waybill.mjs";

/**
 * @param {import("node:test").TestContext} test
 * @param {{env?: NodeJS.ProcessEnv}} [options]
 */
export async function openHouse(test, options = {}) {
  const closers = closersOf(test);
  const { sink, waybill } = await startServer(closers, test, options.env ?? {});
  const browser = await Browser.start();
  closers.push(() => browser.close());
  return { sink, waybill, browser };
}

/**
 * The same with a server whose wall clock the flow can move.
 * @param {import("node:test").TestContext} test
 */
export async function openHouseWithClock(test) {
  const closers = closersOf(test);
  const world = await startServerWithClock(closers, test);
  const browser = await Browser.start();
  closers.push(() => browser.close());
  return { ...world, browser };
}

/**
 * A server and its mail, for flows without a browser.
 * @param {import("node:test").TestContext} test
 */
export function openServer(test) {
  return startServer(closersOf(test), test, {});
}

/**
 * The same, with a wall clock that the flow can move.
 * @param {import("node:test").TestContext} test
 */
export function openServerWithClock(test) {
  return startServerWithClock(closersOf(test), test);
}

/** @typedef {(() => Promise<unknown>)[]} Closers */

/** @param {import("node:test").TestContext} test */
function closersOf(test) {
  /** @type {Closers} */
  const closers = [];
  test.after(async () => {
    for (const close of closers.reverse()) await close();
  });
  return closers;
}

/** @param {Closers} closers @param {import("node:test").TestContext} test */
async function startServerWithClock(closers, test) {
  const clock = new WallClock();
  closers.push(() => clock.close());
  return { clock, ...(await startServer(closers, test, clock.env())) };
}

/** @param {Closers} closers @param {import("node:test").TestContext} test @param {NodeJS.ProcessEnv} env */
async function startServer(closers, test, env) {
  const sink = await Sink.start();
  closers.push(() => sink.close());
  const waybill = await Waybill.start({ smtpUrl: sink.smtpUrl, env });
  closers.push(async () => {
    // `passed` is there in Node 20, but not yet in its types.
    if (Reflect.get(test, "passed") !== true)
      test.diagnostic(`the server's last words:\n${waybill.child.lines.slice(-40).join("\n")}`);
    await waybill.close();
  });
  return { sink, waybill };
}
