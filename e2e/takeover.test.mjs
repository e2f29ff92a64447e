// Who breaks off keeps the slot for a minute, then whoever presses takes it over and goes on where it was left. The
// minute passes on the server's clock alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { noise, sha256 } from "./lib/bytes.mjs";
import { openServerWithClock } from "./lib/house.mjs";
import { Owner, look, start, started } from "./lib/ticket.mjs";
import { Wire } from "./lib/wire.mjs";

const MIB = 1024 * 1024;
const BIG = { name: "big.bin", bytes: noise(24 * MIB, "takeover") };
const SIZE = BIG.bytes.length;

test("a download that was broken off stays its visitor's for a minute, then the next one goes on with it", async (t) => {
  const { clock, waybill } = await openServerWithClock(t);
  const owner = await Owner.of(waybill);

  /** Fetches so many bytes and goes away; answers where. @param {import("./lib/ticket.mjs").Ticket} ticket @param {number} count */
  async function breakOff(ticket, count) {
    const visit = await look(ticket);
    const url = await started(ticket, { visit });
    const { wire, status } = await Wire.ask(url);
    assert.equal(status, 200);
    const bytes = await wire.read(count);
    assert.equal(sha256(bytes), sha256(BIG.bytes.subarray(0, count)));
    wire.breakOff();
    return { visit, url };
  }

  for (const part of [0.1, 0.6]) {
    await t.test(`at ${part * 100} per cent`, async () => {
      const ticket = await owner.ticket([BIG]);
      const got = Math.floor(SIZE * part);
      const { visit, url } = await breakOff(ticket, got);
      assert.deepEqual(await start(ticket, { visit }), { status: 201, url, retryAfter: 0 }, "its own slot, at once");
      const stranger = await start(ticket);
      assert.equal(stranger.status, 409, "a stranger gets in");
      assert.ok(stranger.retryAfter >= 1 && stranger.retryAfter <= 60, `Retry-After: ${stranger.retryAfter}`);
      await owner.logged(ticket, "download.aborted");
      await clock.pass(waybill, 61);

      const next = await look(ticket);
      const taken = await started(ticket, { visit: next });
      assert.notEqual(taken, url);
      assert.equal((await fetch(url)).status, 410, "the address of before still works");
      assert.equal((await start(ticket, { visit })).status, 409, "the visit of before still has the slot");
      await owner.assertCounted(ticket, 0);
      // What the one before had fetched counts for the download.
      const rest = await Wire.ask(taken, { headers: { Range: `bytes=${got}-` } });
      assert.equal(rest.status, 206);
      assert.equal(sha256(await rest.wire.read()), sha256(BIG.bytes.subarray(got)));
      await owner.assertUsedUp(ticket, taken);
      // And the one who took over still has the day to fetch all of it.
      const whole = await Wire.ask(taken);
      assert.equal(sha256(await whole.wire.read()), sha256(BIG.bytes));
      await owner.assertCounted(ticket, 1);
      assert.equal((await start(ticket, { visit })).status, 410);
    });
  }

  await t.test("at the last byte: what the socket took is delivered, and the byte can still be fetched", async () => {
    const ticket = await owner.ticket([BIG]);
    const { visit, url } = await breakOff(ticket, SIZE - 1);
    await owner.assertCounted(ticket, 1);
    await clock.pass(waybill, 61);
    assert.equal((await start(ticket)).status, 410);
    assert.equal((await start(ticket, { visit })).status, 201);
    const last = await fetch(url, { headers: { Range: `bytes=${SIZE - 1}-` } });
    assert.deepEqual(Buffer.from(await last.arrayBuffer()), BIG.bytes.subarray(SIZE - 1));
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("a start that fetched nothing is as if nobody had pressed, and its day ends with it", async () => {
    const ticket = await owner.ticket([BIG]);
    const visit = await look(ticket);
    const url = await started(ticket, { visit });
    assert.equal((await start(ticket)).status, 409);
    await clock.pass(waybill, 61);
    const other = await started(ticket);
    assert.equal((await fetch(url)).status, 410);
    const answer = await fetch(other);
    assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), sha256(BIG.bytes));
    await owner.assertUsedUp(ticket, other);
  });

  await t.test("who is still reading is not taken over", async () => {
    const huge = { name: "huge.bin", bytes: Buffer.concat([BIG.bytes, BIG.bytes, BIG.bytes]) };
    const ticket = await owner.ticket([huge]);
    const url = await started(ticket);
    const { wire } = await Wire.ask(url);
    const begun = await wire.read(MIB);
    await clock.pass(waybill, 50);
    // Much more than was on its way already, so the server has to go on sending now.
    const more = await wire.read(24 * MIB);
    await clock.pass(waybill, 50);
    assert.equal((await start(ticket)).status, 409, "a running download was taken over");
    assert.equal(sha256(Buffer.concat([begun, more, await wire.read()])), sha256(huge.bytes));
    await owner.assertUsedUp(ticket, url);
  });

  await t.test("a day after its start a download is over; nearly all of it counts, less does not", async () => {
    const [some, nearly] = [await owner.ticket([BIG]), await owner.ticket([BIG])];
    const broken = await breakOff(some, Math.floor(SIZE * 0.3));
    const range = { Range: `bytes=0-${Math.floor(SIZE * 0.95)}` };
    const { wire } = await Wire.ask(await started(nearly), { headers: range });
    await wire.read();
    await owner.assertCounted(nearly, 0);
    await owner.logged(some, "download.aborted");
    // A day that passes in an instant is a clock that jumped, and not believed: the server is away for that day.
    await clock.passWithout(waybill, 24 * 3600 + 61);
    assert.equal((await fetch(broken.url)).status, 410);
    assert.equal((await start(nearly)).status, 410, "what was nearly whole did not count");
    await owner.assertCounted(nearly, 1);
    const next = await started(some);
    const answer = await fetch(next, { headers: { Range: `bytes=${Math.floor(SIZE * 0.3)}-` } });
    await answer.arrayBuffer();
    await owner.assertCounted(some, 0);
  });
});
