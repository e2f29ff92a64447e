// The line between a browser and the server: a TCP proxy that counts, goes silent for a while, and can damage a byte.
import { connect, createServer } from "node:net";

/** @typedef {import("node:net").Socket} Socket */

export class Line {
  /** @param {import("node:net").Server} server */
  constructor(server) {
    this.server = server;
    /** Bytes that came from the browser. */
    this.sent = 0;
    this.silent = false;
    this.damageAt = Infinity;
    /** @type {number | undefined} */
    this.target = undefined;
    /** @type {Set<Socket>} */
    this.sockets = new Set();
    server.on("connection", (near) => this.join(near));
  }

  static async open() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    return new Line(server);
  }

  get base() {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the line is not open");
    return `http://127.0.0.1:${address.port}`;
  }

  /** @param {Socket} near */
  join(near) {
    const far = connect(this.target ?? 0, "127.0.0.1");
    for (const [from, to] of /** @type {[Socket, Socket][]} */ ([
      [near, far],
      [far, near],
    ])) {
      this.sockets.add(from);
      from.on("data", (data) => {
        if (from === near) this.count(data);
        if (!to.write(data)) from.pause();
      });
      to.on("drain", () => !this.silent && from.resume());
      from.on("end", () => to.end());
      // Whatever breaks one side breaks the other.
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.silent) from.pause();
    }
  }

  /** @param {Buffer} data */
  count(data) {
    this.sent += data.length;
    if (this.sent > this.damageAt) {
      this.damageAt = Infinity;
      data[data.length - 1] = (data[data.length - 1] ?? 0) ^ 1;
    }
  }

  /** Nothing moves any more and nobody is told: a cable that was pulled. */
  cut() {
    this.silent = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** The line is back; connections of before are dead, as behind a router that has forgotten them. */
  mend() {
    this.silent = false;
    for (const socket of [...this.sockets]) socket.destroy();
  }

  /** Waits until so many bytes came from the browser. @param {number} bytes */
  async reach(bytes) {
    while (this.sent < bytes) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  close() {
    this.mend();
    this.server.close();
    return Promise.resolve();
  }
}
