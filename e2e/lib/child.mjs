// A program that a flow starts: its output by line, and its end. It is always ended by its own process id.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export class Child {
  /**
   * @param {string} name what messages call it
   * @param {string} path
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} [env]
   */
  constructor(name, path, args, env = process.env) {
    this.name = name;
    /** @type {string[]} */
    this.lines = [];
    /** @type {Set<() => void>} */
    this.watchers = new Set();
    // It ends with us, however we end: not even a killed test run leaves a server behind.
    const ours = ["--pdeathsig", "TERM", path, ...args];
    this.process = spawn("setpriv", ours, { env, stdio: ["pipe", "pipe", "pipe"] });
    this.exited = new Promise((resolve) => {
      this.process.on("error", (error) => resolve(this.end(`could not be started: ${error.message}`)));
      this.process.on("exit", (code, signal) => resolve(this.end(`ended with ${signal ?? `exit code ${code}`}`)));
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.wake();
      });
    }
    // A pipe to a program that has ended is no news.
    this.process.stdin.on("error", () => {});
  }

  /** @param {string} how */
  end(how) {
    this.ended = how;
    this.wake();
  }

  wake() {
    for (const watcher of [...this.watchers]) watcher();
  }

  /**
   * The first line (of both outputs) that matches; fails when the program ends first or the time is over.
   * @param {RegExp} pattern
   * @param {number} seconds
   * @returns {Promise<RegExpMatchArray>}
   */
  line(pattern, seconds = 30) {
    return new Promise((resolve, reject) => {
      const close = () => {
        clearTimeout(timer);
        this.watchers.delete(look);
      };
      /** @param {string} why */
      const fail = (why) => {
        close();
        reject(new Error(`${this.name} ${why}, no line like ${pattern}. It said:\n${this.lines.join("\n")}`));
      };
      const look = () => {
        const found = this.lines.map((line) => line.match(pattern)).find((match) => match !== null);
        if (found) {
          close();
          resolve(found);
        } else if (this.ended) {
          fail(this.ended);
        }
      };
      const timer = setTimeout(() => fail(`said nothing in ${seconds} s`), seconds * 1000);
      this.watchers.add(look);
      look();
    });
  }

  /** Asks it to end, waits, and insists after a while. Answers how it ended. */
  async close(seconds = 25) {
    if (!this.ended) this.process.kill("SIGTERM");
    const timer = setTimeout(() => this.process.kill("SIGKILL"), seconds * 1000);
    await this.exited;
    clearTimeout(timer);
    return this.ended;
  }
}
