"""The sink's own test, through SMTP and HTTP as its users reach it: an error here would hide errors of the product."""

import contextlib
import json
import os
import smtplib
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
from email.message import EmailMessage
from urllib.parse import urlencode

SINK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "smtp_sink.py")
BOB, EVE = "bob@example.net", "eve@example.org"


class Sink:
    def __init__(self, *options):
        self.process = subprocess.Popen([sys.executable, SINK, "--with-parent", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.smtp_port, self.http_port = ready["smtp_port"], ready["http_port"]

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(10)
        self.process.stdout.close()
        return code

    def http(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as response:
            data = response.read()
            return json.loads(data) if data else None

    def messages(self, **query):
        return self.http("GET", "/messages?" + urlencode(query))["messages"]

    def script(self, *answers, to=None):
        return self.http("POST", "/script", {"answers": answers, "to": to} if to else list(answers))

    def connect(self, **more):
        return smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=5, local_hostname="test", **more)

    def send(self, *to, subject="Hello"):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "a@example.com", ", ".join(to or (BOB,)), subject
        message.set_content("See http://files.example/p/abc\n.dot\n")
        message.add_alternative('<a href="http://files.example/p/def">Grüße</a>', subtype="html")
        with self.connect() as smtp:
            return smtp.send_message(message)


class SinkTest(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.close)

    def test_a_message_is_kept_with_envelope_decoded_headers_and_parts(self):
        self.sink.send(BOB, EVE, subject="Grüße — two")
        (message,) = self.sink.messages()
        self.assertEqual(message["mail_from"], "a@example.com")
        self.assertEqual(message["rcpt_tos"], [BOB, EVE])
        self.assertEqual(message["subject"], "Grüße — two")
        self.assertIn(["From", "a@example.com"], message["headers"])
        self.assertIn("\n.dot\n", message["text"].replace("\r\n", "\n"))
        self.assertIn("Grüße", message["html"])
        self.assertEqual(message["links"], ["http://files.example/p/abc", "http://files.example/p/def"])
        self.assertIn("Content-Type: multipart/alternative", message["raw"])
        self.assertTrue(message["accepted"])

    def test_messages_are_found_by_address_and_subject_and_forgotten_on_delete(self):
        self.sink.send(BOB, subject="one")
        self.sink.send(EVE, subject="two")
        self.assertEqual([m["subject"] for m in self.sink.messages()], ["one", "two"])
        self.assertEqual([m["subject"] for m in self.sink.messages(to=EVE.upper())], ["two"])
        self.assertEqual([m["subject"] for m in self.sink.messages(subject="on")], ["one"])
        self.assertEqual(self.sink.messages(to="nobody@example.net"), [])
        self.sink.http("DELETE", "/messages")
        self.assertEqual(self.sink.messages(), [])

    def test_waiting_answers_when_the_message_arrives(self):
        timer = threading.Timer(0.3, self.sink.send)
        timer.start()
        began = time.monotonic()
        self.assertEqual(len(self.sink.messages(count=1, wait=20)), 1)
        self.assertLess(time.monotonic() - began, 10)
        timer.join()

    def test_scripted_refusals_are_given_once_and_in_order_and_are_not_kept_as_accepted(self):
        self.sink.script("451 later", "550 never")
        for code in (451, 550):
            with self.assertRaises(smtplib.SMTPDataError) as refused:
                self.sink.send()
            self.assertEqual(refused.exception.smtp_code, code)
        self.sink.send()
        self.assertEqual(len(self.sink.messages()), 1)
        self.assertEqual([m["answer"] for m in self.sink.messages(all=1)], ["451 later", "550 never", "ok"])

    def test_one_recipient_is_refused_and_the_other_served(self):
        self.sink.script("rcpt 550 no such user", to=EVE)
        self.assertEqual(list(self.sink.send(BOB, EVE)), [EVE])
        self.assertEqual(self.sink.messages()[0]["rcpt_tos"], [BOB])

    def test_a_script_for_an_address_leaves_others_alone(self):
        self.sink.script("451 later", to=EVE)
        self.sink.send(BOB)
        with self.assertRaises(smtplib.SMTPDataError):
            self.sink.send(EVE)
        self.sink.send(EVE)
        self.assertEqual(self.sink.http("GET", "/script"), {"any": [], "to": {}})

    def test_drop_takes_the_message_and_closes_without_an_answer(self):
        self.sink.script("drop")
        with self.assertRaises(smtplib.SMTPServerDisconnected):
            self.sink.send()
        self.assertEqual([m["answer"] for m in self.sink.messages()], ["drop"])

    def test_drop_before_the_data_takes_nothing(self):
        for stage in ("connect", "mail", "rcpt", "data"):
            self.sink.script(f"{stage} drop")
            with self.assertRaises((smtplib.SMTPServerDisconnected, ConnectionError), msg=stage):
                self.sink.send()
            self.assertEqual(self.sink.messages(all=1), [], stage)
        self.sink.send()
        self.assertEqual(len(self.sink.messages()), 1)

    def test_refusals_at_each_stage_reach_the_sender(self):
        self.sink.script("connect 421 busy", "mail 452 full", "rcpt 450 grey", "data 451 not now")
        codes = []
        for _ in range(4):
            try:
                self.sink.send()
            except smtplib.SMTPRecipientsRefused as error:
                codes.append(error.recipients[BOB][0])
            except smtplib.SMTPResponseException as error:
                codes.append(error.smtp_code)
        self.assertEqual(codes, [421, 452, 450, 451])

    def test_stall_says_nothing_and_does_not_hold_up_others(self):
        self.sink.script("stall", to=EVE)
        with self.unanswered(EVE) as smtp:
            self.sink.send(BOB)
            self.assertEqual(len(self.sink.messages(to=BOB)), 1)
            smtp.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                smtp.sock.recv(1)
        self.assertEqual(self.sink.messages(to=EVE), [])
        self.assertEqual(len(self.sink.messages(to=EVE, all=1)), 1)

    @contextlib.contextmanager
    def unanswered(self, address):
        """A connection that has sent a whole message and waits for the answer."""
        smtp = self.sink.connect()
        try:
            smtp.ehlo()
            smtp.mail("a@example.com")
            smtp.rcpt(address)
            smtp.docmd("DATA")
            smtp.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
            self.assertEqual(len(self.sink.messages(to=address, all=1, wait=10)), 1)
            yield smtp
        finally:
            smtp.close()

    def test_an_answer_that_is_none_is_refused(self):
        for answers in (["perhaps"], ["9"], [7], {"to": BOB}, {"to": BOB, "answers": ["connect drop"]}):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                self.sink.http("POST", "/script", answers)
            self.assertEqual(refused.exception.code, 400, answers)
            refused.exception.close()

    def test_with_auth_a_stranger_is_refused(self):
        sink = Sink("--auth", "mailer:correct horse")
        self.addCleanup(sink.close)
        with self.assertRaises(smtplib.SMTPResponseException):
            sink.send()
        with sink.connect() as smtp:
            smtp.login("mailer", "correct horse")
            smtp.sendmail("a@example.com", [BOB], "Subject: x\r\n\r\nx")
        self.assertEqual(len(sink.messages()), 1)

    def test_it_ends_with_its_parent(self):
        sink = Sink()
        self.assertEqual(sink.close(), 0)


if __name__ == "__main__":
    unittest.main()
