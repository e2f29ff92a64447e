// Tickets made over the API, and how their counting is judged from outside.
import assert from "node:assert/strict";

/**
 * @typedef {{name: string, bytes: Buffer}} Content
 * @typedef {{id: string, url: string, files: {id: string, name: string, sha256: string}[]}} Ticket
 */

/** An owner at the API. */
export class Owner {
  /** @param {string} base @param {string} token */
  constructor(base, token) {
    this.base = base;
    this.token = token;
  }

  /** A new administrator of the server. @param {import("./waybill.mjs").Waybill} waybill */
  static async of(waybill) {
    await waybill.operator("user", "add", "--email", "owner@example.com", "--name", "Olga Owner", "--admin");
    const token = await waybill.operator("token", "create", "--email", "owner@example.com", "--name", "flow");
    return new Owner(waybill.base, token);
  }

  /** @param {string} method @param {string} path @param {Buffer | object} [body] */
  async call(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${this.token}` };
    const raw = Buffer.isBuffer(body);
    if (body !== undefined && !raw) headers["Content-Type"] = "application/json";
    const sent = body === undefined ? null : raw ? new Uint8Array(body) : JSON.stringify(body);
    const answer = await fetch(`${this.base}/api/v1${path}`, { method, headers, body: sent });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${answer.ok ? "" : await answer.clone().text()}`);
    return answer.json();
  }

  /** @param {Content[]} contents @param {number} [limit] @returns {Promise<Ticket>} */
  async ticket(contents, limit = 1) {
    const policy = { expires_in_hours: 168, idle_hours: 0, max_downloads: limit };
    const { id } = await this.call("POST", "/packages", { direction: "outbound", kind: "ticket", policy });
    for (const { name, bytes } of contents) await this.call("PUT", `/packages/${id}/files/${name}`, bytes);
    const made = await this.call("POST", `/packages/${id}/finalize`, {});
    assert.equal(made.status, "active");
    return made;
  }

  /** The names of what the audit log says of a package, oldest first. @param {Ticket} ticket @returns {Promise<string[]>} */
  async log(ticket) {
    const { items } = await this.call("GET", `/packages/${ticket.id}/audit?limit=200`);
    return items.map((/** @type {{action: string}} */ item) => item.action).reverse();
  }

  /** Waits until the log tells so many times of an action. @param {Ticket} ticket @param {string} action */
  async logged(ticket, action, times = 1) {
    for (const end = Date.now() + 20_000; ;) {
      const told = (await this.log(ticket)).filter((name) => name === action).length;
      if (told >= times) return assert.equal(told, times, `${action} is in the log ${told} times`);
      assert.ok(Date.now() < end, `${action} is in the log ${told} times instead of ${times}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Fails unless so many downloads count, in the package and in the log alike. @param {Ticket} ticket @param {number} times */
  async assertCounted(ticket, times) {
    const shown = await this.call("GET", `/packages/${ticket.id}`);
    assert.equal(shown.downloads, times, `${shown.downloads} downloads are counted instead of ${times}`);
    const completed = (await this.log(ticket)).filter((name) => name === "download.completed").length;
    assert.equal(completed, times, `${completed} completed downloads are in the log instead of ${times}`);
    return shown;
  }

  /**
   * Fails unless the ticket for one download is used up: counted once, closed to strangers, and still open for the one
   * who fetched it.
   * @param {Ticket} ticket
   * @param {string} [url] where that one fetched it
   */
  async assertUsedUp(ticket, url) {
    const shown = await this.assertCounted(ticket, 1);
    assert.equal(shown.status, "completed");
    assert.equal((await start(ticket)).status, 410, "a stranger starts another download");
    assert.equal((await fetch(ticket.url)).status, 410, "the link still opens");
    if (url === undefined) return;
    const again = await fetch(url, { headers: { Range: "bytes=0-99" } });
    assert.equal(again.status, 206, "the address stopped working before its day was over");
    assert.equal((await again.arrayBuffer()).byteLength, 100);
    await this.assertCounted(ticket, 1);
  }
}

/** Opens the link and answers the visit id of the page. @param {Ticket} ticket @returns {Promise<string>} */
export async function look(ticket) {
  const answer = await fetch(ticket.url, { headers: { Accept: "application/json" } });
  assert.equal(answer.status, 200);
  return (await answer.json()).visit;
}

/**
 * Presses Download as a program does; without a visit as a stranger.
 * @param {Ticket} ticket
 * @param {{visit?: string, what?: string}} [wish] `what` is `/archive` or `/files/ID`
 * @returns {Promise<{status: number, url: string, retryAfter: number}>}
 */
export async function start(ticket, { visit, what = "" } = {}) {
  const answer = await fetch(`${ticket.url}${what}`, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(visit === undefined ? {} : { visit }),
  });
  const said = await answer.json();
  return { status: answer.status, url: said.url ?? "", retryAfter: Number(answer.headers.get("retry-after")) };
}

/** Starts a download that has to start. @param {Ticket} ticket @param {{visit?: string, what?: string}} [wish] */
export async function started(ticket, wish) {
  const { status, url } = await start(ticket, wish);
  assert.equal(status, 201, "a download does not start");
  return url;
}
