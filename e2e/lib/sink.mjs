// The mail server of a flow (dev/smtp_sink.py): what was mailed, and how it shall answer.
import assert from "node:assert/strict";
import { join } from "node:path";
import { Child } from "./child.mjs";
import { python, root } from "./paths.mjs";

/**
 * @typedef {{accepted: boolean, answer: string, mail_from: string, rcpt_tos: string[], headers: [string, string][],
 *   subject: string, text: string, html: string, links: string[], raw: string}} Message
 */

export class Sink {
  /** @param {Child} child @param {number} smtpPort @param {number} httpPort */
  constructor(child, smtpPort, httpPort) {
    this.child = child;
    this.smtpUrl = `smtp://127.0.0.1:${smtpPort}`;
    this.base = `http://127.0.0.1:${httpPort}`;
  }

  static async start() {
    const child = new Child("mail sink", python(), [join(root, "dev", "smtp_sink.py"), "--with-parent"]);
    const [line] = await child.line(/^\{.*\}$/);
    const { smtp_port, http_port } = JSON.parse(line);
    return new Sink(child, smtp_port, http_port);
  }

  /**
   * Waits until `count` messages for an address have been accepted, and returns all of them.
   * @param {string} to
   * @param {{count?: number, subject?: string}} [wish]
   * @returns {Promise<Message[]>}
   */
  async wait(to, { count = 1, subject = "" } = {}) {
    const query = new URLSearchParams({ to, subject, count: String(count), wait: "30" });
    const answer = await fetch(`${this.base}/messages?${query}`);
    const { messages } = /** @type {{messages: Message[]}} */ (await answer.json());
    assert.ok(messages.length >= count, `${messages.length} of ${count} mails for ${to} with "${subject}"`);
    return messages;
  }

  /** @param {string[]} answers see dev/smtp_sink.py */
  async script(answers) {
    const answer = await fetch(`${this.base}/script`, { method: "POST", body: JSON.stringify(answers) });
    assert.equal(answer.status, 200, await answer.text());
  }

  close() {
    return this.child.close(5);
  }
}

/** @param {Message} message @param {string} name */
export function header(message, name) {
  return message.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? "";
}

/**
 * The one secret link of a mail.
 * @param {Message} message
 * @param {"p" | "g"} kind
 */
export function secretLink(message, kind = "p") {
  const links = message.links.filter((link) => new RegExp(`/${kind}/[A-Za-z0-9_-]{43}$`).test(link));
  assert.equal(new Set(links).size, 1, `expected one secret link in the mail, found: ${message.links.join(" ")}`);
  return /** @type {string} */ (links[0]);
}
