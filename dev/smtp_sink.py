"""A mail server for tests: keeps every message, answers as scripted, and is asked over HTTP what arrived.

    .venv/bin/python dev/smtp_sink.py [--smtp-port N] [--http-port N] [--auth USER:PASSWORD] [--with-parent]

Listens on 127.0.0.1 alone (free ports unless given), prints one line of JSON when it is ready, for example
{"smtp_port": 40001, "http_port": 40002, "pid": 4711}, and ends on SIGTERM or SIGINT. With --with-parent it also ends
when its standard input closes, so a sink whose test was killed does not stay behind. It never sends or relays mail.

HTTP, all JSON:
  GET    /messages?to=ADDRESS&subject=PART&count=N&wait=SECONDS&all=1
         {"messages": [...]}, oldest first: those that were accepted; with all=1 the refused attempts as well. With
         `wait` the answer comes as soon as there are `count` of them (default 1), at the latest after that time.
  DELETE /messages   forgets them.
  POST   /script     ["451 later", "ok", ...] or {"to": ADDRESS, "answers": [...]}; appends to the script.
  GET    /script     {"any": [...], "to": {ADDRESS: [...]}}: what is left of it.
  DELETE /script     forgets it.

An answer is `[STAGE] WHAT`. STAGE: connect, mail, rcpt, data (the command), or end (end of data; the default).
WHAT: `ok`; a reply such as `451 try later` or `550 no such user`; `drop` (close without an answer; at the end of data the
message has been taken and is kept: the sender cannot know); `stall` (say nothing until the other side gives up).
The head of a script is used when its stage comes; every other stage answers ok. A script for an address is used for
envelopes with that address, before the general one; it cannot hold the stages connect and mail.

A message: {id, at, accepted, answer, mail_from, rcpt_tos, headers: [[name, value]], subject, text, html, attachments:
[{name, content_type, size}], links, raw}. Headers and parts are decoded; `links` are the URLs in text and html; `raw` has
one character per byte.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import os
import re
import signal
import sys
import threading
import time
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

STAGES = ("connect", "mail", "rcpt", "data", "end")
BODY_BYTES_MAX = 1 << 20
WAIT_S_MAX = 120.0
URL = re.compile(r"https?://[^\s\"'<>)\]]+")


class Script:
    """Answers that are still to be given, per address and in general. Not locked: its owner does that."""

    def __init__(self):
        self.any, self.to = [], {}

    @staticmethod
    def parse(answer):
        """Returns (stage, what), or raises ValueError with what is wrong with the answer."""
        if not isinstance(answer, str):
            raise ValueError(f"an answer is a string, not {answer!r}")
        first, _, rest = answer.strip().partition(" ")
        stage, what = (first, rest.strip()) if first in STAGES else ("end", answer.strip())
        if what not in ("ok", "drop", "stall") and not re.fullmatch(r"[2345]\d\d [\x20-\x7e]+", what):
            raise ValueError(f"unknown answer {answer!r}: ok, drop, stall or a reply such as '451 later'")
        return stage, what

    def add(self, answers, address=None):
        parsed = [self.parse(answer) for answer in answers]
        if address is not None and any(stage in ("connect", "mail") for stage, _ in parsed):
            raise ValueError("no address is known yet at the stages connect and mail")
        if address is None:
            self.any.extend(parsed)
        else:
            self.to.setdefault(address.lower(), []).extend(parsed)

    def take(self, stage, addresses=()):
        """Uses up the head of the first script whose turn it is at this stage."""
        queues = [self.to.get(address.lower(), []) for address in addresses]
        for queue in [*queues, self.any]:
            if queue and queue[0][0] == stage:
                return queue.pop(0)[1]
        return "ok"

    def as_json(self):
        def words(queue):
            return [f"{stage} {what}" for stage, what in queue]

        return {"any": words(self.any), "to": {a: words(q) for a, q in self.to.items() if q}}


class Store:
    """What arrived and what is to be answered, shared by the SMTP side and the HTTP side."""

    def __init__(self):
        self.changed = threading.Condition()
        self.script, self.messages, self.seen = Script(), [], 0

    def take(self, stage, addresses=()):
        with self.changed:
            return self.script.take(stage, addresses)

    def keep(self, envelope, answer):
        message = describe(envelope.original_content)
        with self.changed:
            self.seen += 1
            message |= {"id": self.seen, "at": time.time(), "mail_from": envelope.mail_from,
                        "rcpt_tos": list(envelope.rcpt_tos), "answer": answer,
                        "accepted": answer in ("ok", "drop") or answer.startswith("2")}
            self.messages.append(message)
            self.changed.notify_all()

    def find(self, to, subject, count, wait_s, every):
        def matching():
            return [m for m in self.messages
                    if (every or m["accepted"])
                    and (not to or to.lower() in (a.lower() for a in m["rcpt_tos"]))
                    and (not subject or subject in m["subject"])]

        with self.changed:
            self.changed.wait_for(lambda: len(matching()) >= count, timeout=wait_s)
            return matching()


def describe(raw):
    """Decodes a message; a broken one still yields its raw text."""
    parsed = email.message_from_bytes(raw, policy=email.policy.default)

    def body(kind):
        part = parsed.get_body(preferencelist=(kind,))
        return part.get_content() if part is not None else ""

    text, html = body("plain"), body("html")
    links = list(dict.fromkeys(URL.findall(text) + URL.findall(html)))
    attachments = [{"name": part.get_filename() or "", "content_type": part.get_content_type(),
                    "size": len(part.get_payload(decode=True) or b"")} for part in parsed.iter_attachments()]
    return {"headers": [[name, str(value)] for name, value in parsed.items()], "subject": str(parsed["subject"] or ""),
            "text": text, "html": html, "attachments": attachments, "links": links, "raw": raw.decode("latin-1")}


async def act(what):
    """Gives a scripted answer: returns the reply, or ends the connection."""
    if what == "stall":
        await asyncio.sleep(3600)
    if what in ("stall", "drop"):
        # aiosmtpd closes a connection whose handler is cancelled, without a word.
        raise asyncio.CancelledError
    return "250 ok" if what == "ok" else what


class Handler:
    def __init__(self, store):
        self.store = store

    async def handle_MAIL(self, _server, _session, envelope, address, options):
        reply = await act(self.store.take("mail"))
        if reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(self, _server, _session, envelope, address, options):
        reply = await act(self.store.take("rcpt", [address]))
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return reply

    async def handle_DATA(self, _server, _session, envelope):
        what = self.store.take("end", envelope.rcpt_tos)
        self.store.keep(envelope, what)
        return await act(what)


class Protocol(SMTP):
    """aiosmtpd's server with the two stages that it has no hook for."""

    def __init__(self, store, auth):
        def authenticate(_server, _session, _envelope, _mechanism, data):
            known = isinstance(data, LoginPassword) and (data.login, data.password) == auth
            return AuthResult(success=known, handled=False)

        more = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if auth else {}
        # The name is given because looking up the machine's own can take seconds.
        super().__init__(Handler(store), hostname="sink.test", enable_SMTPUTF8=True, **more)
        self.store = store

    async def _handle_client(self):
        reply = await self.at_stage("connect")
        if reply is not None:
            await self.push(reply)
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg):
        reply = await self.at_stage("data", self.envelope.rcpt_tos if self.envelope else [])
        if reply is not None:
            await self.push(reply)
            return
        await super().smtp_DATA(arg)

    async def at_stage(self, stage, addresses=()):
        what = self.store.take(stage, addresses)
        if what == "ok":
            return None
        try:
            return await act(what)
        except asyncio.CancelledError:
            self.transport.close()
            raise


class Questions(BaseHTTPRequestHandler):
    """The HTTP side. `store` is set by the server that owns it."""

    store = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=None):
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path == "/messages":
            try:
                count, wait_s = int(query.get("count", 1)), min(float(query.get("wait", 0)), WAIT_S_MAX)
            except ValueError as error:
                return self.answer(400, {"error": str(error)})
            found = self.store.find(query.get("to"), query.get("subject"), count, wait_s, query.get("all") == "1")
            return self.answer(200, {"messages": found})
        if url.path == "/script":
            with self.store.changed:
                return self.answer(200, self.store.script.as_json())
        return self.answer(404, {"error": "not there"})

    def do_DELETE(self):
        with self.store.changed:
            if self.path == "/messages":
                self.store.messages.clear()
            elif self.path == "/script":
                self.store.script = Script()
            else:
                return self.answer(404, {"error": "not there"})
        return self.answer(204)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/script" or length > BODY_BYTES_MAX:
            self.close_connection = True
            return self.answer(404, {"error": "not there"})
        try:
            body = json.loads(self.rfile.read(length))
            answers, address = (body["answers"], body.get("to")) if isinstance(body, dict) else (body, None)
            with self.store.changed:
                self.store.script.add(answers, address)
                return self.answer(200, self.store.script.as_json())
        except (ValueError, KeyError, TypeError) as error:
            return self.answer(400, {"error": str(error)})


async def serve(options):
    store = Store()
    auth = tuple(part.encode() for part in options.auth.split(":", 1)) if options.auth else None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if options.with_parent:
        def until_closed():
            while sys.stdin.buffer.read(4096):
                pass
            loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=until_closed, daemon=True).start()

    smtp = await loop.create_server(lambda: Protocol(store, auth), "127.0.0.1", options.smtp_port)
    questions = type("StoreQuestions", (Questions,), {"store": store})
    web = ThreadingHTTPServer(("127.0.0.1", options.http_port), questions)
    web.daemon_threads = True
    threading.Thread(target=web.serve_forever, daemon=True).start()
    print(json.dumps({"smtp_port": smtp.sockets[0].getsockname()[1], "http_port": web.server_address[1],
                      "pid": os.getpid()}), flush=True)
    await stop.wait()
    smtp.close()
    # Connections and threads that are still open end with the process: nothing of a sink is worth waiting for.
    sys.stdout.flush()
    os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--http-port", type=int, default=0)
    parser.add_argument("--auth", help="USER:PASSWORD that every sender must give")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    # It warns about what a sink on loopback does on purpose: passwords without TLS.
    warnings.simplefilter("ignore")
    logging.getLogger("mail").setLevel(logging.ERROR)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
