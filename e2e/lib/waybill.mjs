// A running server with a data folder of its own, as an operator starts it: binary, options, its words on stderr.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Child } from "./child.mjs";
import { binary } from "./paths.mjs";

/** A port below the range of outgoing connections. @returns {Promise<number>} */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise((resolve) => {
      const probe = createServer();
      probe.on("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

export class Waybill {
  /** @param {() => Child} launch @param {string} folder @param {number} port */
  constructor(launch, folder, port) {
    this.launch = launch;
    this.child = launch();
    this.folder = folder;
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
  }

  /**
   * Starts the server and waits until it listens. `publicUrl` is where people reach it, when that is not its own port.
   * @param {{smtpUrl: string, env?: NodeJS.ProcessEnv, publicUrl?: string}} options
   */
  static async start({ smtpUrl, env = {}, publicUrl }) {
    const path = binary();
    const folder = await mkdtemp(join(tmpdir(), "waybill-e2e-"));
    const port = await freePort();
    const listen = `127.0.0.1:${port}`;
    const known = publicUrl ?? `http://${listen}`;
    const args = ["serve", "--data-dir", join(folder, "data"), "--listen", listen, "--public-url", known];
    const launch = () =>
      new Child("waybill", path, args, {
        ...withoutSettings(process.env),
        NO_COLOR: "1",
        WAYBILL_SMTP_URL: smtpUrl,
        WAYBILL_MAIL_FROM: "waybill@files.example",
        ...env,
      });
    const waybill = new Waybill(launch, folder, port);
    try {
      await waybill.listening();
    } catch (error) {
      await waybill.close();
      throw error;
    }
    return waybill;
  }

  listening() {
    return this.child.line(/listening on http:\/\/\S+/);
  }

  /** Ends it without a warning, as a failure of the machine does. */
  async kill() {
    this.child.process.kill("SIGKILL");
    await this.child.exited;
  }

  /** Starts it again after `kill`, on the same data folder and port. */
  async startAgain() {
    this.child = this.launch();
    await this.listening();
  }

  /** The one-time address that the first start prints; whoever opens it makes the first admin. */
  async setupUrl() {
    const [url] = await this.child.line(/https?:\/\/\S+\/setup\S*/);
    return url;
  }

  /** Where its data lies; operators' commands may work on it beside the server. */
  get dataDir() {
    return join(this.folder, "data");
  }

  /** Runs an operator's command on the server's data folder and answers its standard output. @param {string[]} args */
  async operator(...args) {
    const env = { ...withoutSettings(process.env), WAYBILL_DATA_DIR: this.dataDir };
    return (await promisify(execFile)(binary(), args, { env })).stdout.trim();
  }

  async close() {
    const how = await this.child.close();
    await rm(this.folder, { recursive: true, force: true });
    return how;
  }
}

/** The environment without settings of a Waybill that this machine may have. @param {NodeJS.ProcessEnv} env */
function withoutSettings(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("WAYBILL_")));
}
