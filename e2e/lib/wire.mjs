// HTTP by hand over a socket: a client that breaks off where it likes, which no library offers.
import assert from "node:assert/strict";
import { connect } from "node:net";

/** @typedef {import("node:net").Socket} Socket */

export class Wire {
  /** @param {Socket} socket @param {URL} url */
  constructor(socket, url) {
    this.socket = socket;
    this.url = url;
    /** @type {AsyncIterator<Buffer>} */
    this.pieces = socket[Symbol.asyncIterator]();
    /** @type {Buffer} */
    this.unread = Buffer.alloc(0);
  }

  /**
   * Asks for a URL on a connection of its own and reads the head of the answer.
   * @param {string} address
   * @param {{method?: string, headers?: Record<string, string>}} [request]
   */
  static async ask(address, { method = "GET", headers = {} } = {}) {
    const url = new URL(address);
    const socket = connect(Number(url.port), url.hostname);
    const wire = new Wire(socket, url);
    const fields = Object.entries({ Host: url.host, Connection: "close", ...headers });
    const lines = [`${method} ${url.pathname} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`)];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    return { wire, ...(await wire.head()) };
  }

  async head() {
    let end = -1;
    while (end < 0) {
      assert.ok(await this.more(), "the connection ended before an answer");
      end = this.unread.indexOf("\r\n\r\n");
    }
    const [first = "", ...lines] = this.unread.subarray(0, end).toString("latin1").split("\r\n");
    this.unread = this.unread.subarray(end + 4);
    const headers = new Map(
      lines.map(
        (line) => /** @type {[string, string]} */ ([line.split(":")[0]?.toLowerCase(), line.replace(/^[^:]*: */, "")]),
      ),
    );
    return { status: Number(first.split(" ")[1]), headers };
  }

  /** The next bytes of the body: so many, or as many as come. @param {number} count */
  async read(count = Infinity) {
    const parts = [];
    let length = 0;
    while (length < count && (this.unread.length > 0 || (await this.more()))) {
      const part = this.unread.subarray(0, Math.min(this.unread.length, count - length));
      this.unread = this.unread.subarray(part.length);
      parts.push(part);
      length += part.length;
    }
    return Buffer.concat(parts);
  }

  /** Goes away in the middle, as a program does that is ended. */
  breakOff() {
    this.socket.destroy();
  }

  async more() {
    const { value, done } = await this.pieces.next();
    if (done) return false;
    this.unread = this.unread.length === 0 ? value : Buffer.concat([this.unread, value]);
    return true;
  }
}
