"""What a real socket can do wrong: bodies longer, shorter or slower than declared, heads that never end, cut lines.

After each of them the server must answer as the contract says or close, keep nothing that was not complete, and go on
serving others.

    dev/soak wrong-input [--slow]     with --slow also what takes half a minute by its nature
"""

import argparse
import socket
import time
from contextlib import contextmanager

import store
from house import OFFSET_TYPE, Api, Server, check, conclude, eventually, folder, noise, running, sha256

HEAD_SECONDS = 30
STALL_SECONDS = 30


class Line:
    """One TCP connection, spoken by hand."""

    def __init__(self, port, timeout_s=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)

    def say(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            # Refused before everything was said; the answer is read as usual.
            pass

    def status(self):
        """The next answer's status; 0 when the line ends without one."""
        said = b""
        while b"\r\n\r\n" not in said:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                break
            said += piece
        return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/") else 0

    def closed_within(self, seconds):
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return False
        return True


@contextmanager
def line(port, timeout_s=10):
    opened = Line(port, timeout_s)
    try:
        yield opened
    finally:
        opened.socket.close()


class House:
    """The server under test with one package that must stay as it is."""

    def __init__(self, server, token):
        self.server, self.token, self.port = server, token, server.port
        self.api = Api(server.port, token)
        self.package = self.api.new_package("untouched")
        self.kept = noise("kept", 1_000_000)
        check(self.api.put(self.package, "kept.bin", self.kept)[0] == 201, "a plain PUT does not work")

    def head(self, method, path, *fields):
        told = "".join(f"{field}\r\n" for field in fields)
        return (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.token}\r\n{told}\r\n"
        ).encode()

    def put_head(self, name, *fields):
        return self.head("PUT", f"/api/v1/packages/{self.package}/files/{name}", *fields)

    def upload(self, size):
        status, path = self.api.tus_create(self.package, "tus.bin", size)
        check(status == 201, f"tus creation answered {status}")
        return path

    def patch_head(self, path, offset, length):
        return self.head("PATCH", path, "Tus-Resumable: 1.0.0", f"Upload-Offset: {offset}",
                         f"Content-Type: {OFFSET_TYPE}", f"Content-Length: {length}")

    def unchanged(self):
        files = self.api.files(self.package)
        check(set(files) == {"kept.bin"}, f"the package now holds {sorted(files)}")
        data = self.api.content(self.package, files["kept.bin"]["id"])
        check(sha256(data) == sha256(self.kept), "the file that was there has other bytes")


def put_cut_off(house):
    with line(house.port) as wire:
        wire.say(house.put_head("cut.bin", "Content-Length: 1000000") + noise("cut", 500_000))
    with line(house.port) as wire:
        wire.say(house.put_head("half-closed.bin", "Content-Length: 1000000") + noise("cut", 500_000))
        wire.socket.shutdown(socket.SHUT_WR)
        check(wire.status() in (0, 400), "half a body was answered as if it were whole")


def put_longer_than_declared(house):
    """What follows the declared bytes is another request, and no good one."""
    with line(house.port) as wire:
        wire.say(house.put_head("longer.bin", "Content-Length: 10") + b"0123456789" + b"and more\r\n\r\n")
        first = wire.status()
        check(first == 201, f"the declared ten bytes are answered {first}")
        check(wire.closed_within(5), "after rubbish behind a request the line stays open")
    files = house.api.files(house.package)
    check(files["longer.bin"]["size"] == 10, f"ten bytes were declared, {files['longer.bin']['size']} are kept")
    house.api.call("DELETE", f"/api/v1/packages/{house.package}/files/{files['longer.bin']['id']}")


def chunked_cut_off(house):
    with line(house.port) as wire:
        wire.say(house.put_head("chunked.bin", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n")
        wire.socket.shutdown(socket.SHUT_WR)
        check(wire.status() in (0, 400), "a chunked body without its end was answered as if it were whole")
    with line(house.port) as wire:
        wire.say(house.put_head("chunked.bin", "Transfer-Encoding: chunked") + b"5\r\nhello\r\nzz\r\n")
        check(wire.status() in (0, 400), "a broken chunk size was taken")


def patch_cut_off(house):
    """What arrived of a cut PATCH is kept and told; never more than was sent."""
    data = noise("patch", 900_000)
    path = house.upload(len(data))
    with line(house.port) as wire:
        wire.say(house.patch_head(path, 0, len(data)) + data[:400_000])
    status, offset = house.api.tus_head(path)
    check(status == 200 and offset <= 400_000, f"after 400,000 bytes HEAD answers {status}, {offset}")
    status, headers, _ = house.api.tus_patch(path, offset, data[offset:])
    check(status == 204, f"a cut upload cannot be continued: {status}")
    files = house.api.files(house.package)
    check(files["tus.bin"]["sha256"] == sha256(data), "a cut and continued upload has other bytes")
    house.api.call("DELETE", f"/api/v1/packages/{house.package}/files/{files['tus.bin']['id']}")


def patch_too_long(house):
    path = house.upload(1_000)
    status, _, _ = house.api.tus_patch(path, 0, bytes(2_000))
    check(status == 413, f"a PATCH past the declared length is answered {status}")
    status, _, _ = house.api.tus_patch(path, 500, bytes(10))
    check(status == 409, f"a PATCH at a wrong offset is answered {status}")
    check(house.api.tus_head(path) == (200, 0), "a refused PATCH moved the offset")
    status, _, _ = house.api.call("DELETE", path, None, {"Tus-Resumable": "1.0.0"})
    check(status == 204, f"termination is answered {status}")


def wrong_digest(house):
    wrong = {"Repr-Digest": "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"}
    status, _, _ = house.api.put(house.package, "digest.bin", b"other bytes", **wrong)
    check(status == 422, f"a PUT with a wrong digest is answered {status}")


def bad_heads(house):
    for name, head in {
        "no Host": b"GET / HTTP/1.1\r\n\r\n",
        "two Hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "absolute form": b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "NUL": b"GET /\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "two lengths": b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "negative length": b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    }.items():
        with line(house.port) as wire:
            wire.say(head)
            status = wire.status()
            check(status == 400, f"a head with {name} is answered {status}")
    with line(house.port) as wire:
        wire.say(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n")
        status = wire.status()
        check(status in (400, 431), f"a head of 200 kB is answered {status}")


def refusal_is_seen(house):
    """A client that sends a large body to where it may not must see why, not only a broken line."""
    with line(house.port) as wire:
        wire.say(
            f"PUT /api/v1/packages/{house.package}/files/x HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n"
            "Content-Length: 900000\r\n\r\n".encode() + bytes(900_000)
        )
        status = wire.status()
        check(status == 401, f"a large body without credentials is answered {status}")


def slow_head(house):
    """A head that comes a byte at a time is cut at its time limit, and meanwhile others are served."""
    with line(house.port, timeout_s=1) as wire:
        began = time.monotonic()
        ended = False
        while not ended and time.monotonic() - began < HEAD_SECONDS + 10:
            wire.say(b"G" if time.monotonic() == began else b"x")
            ended = wire.closed_within(1)
        took = time.monotonic() - began
        check(ended and took <= HEAD_SECONDS + 5, f"a head without an end was still taken after {took:.0f} s")


def stalled_body(house):
    with line(house.port) as wire:
        began = time.monotonic()
        wire.say(house.put_head("stalled.bin", "Content-Length: 1000000") + b"only this")
        house.unchanged()
        check(wire.closed_within(STALL_SECONDS + 15), "a silent body was not cut")
        took = time.monotonic() - began
        check(took >= STALL_SECONDS - 2, f"a body was cut after {took:.0f} s of silence, honest lines pause longer")


CASES = [put_cut_off, put_longer_than_declared, chunked_cut_off, patch_cut_off, patch_too_long, wrong_digest, bad_heads,
         refusal_is_seen]
SLOW_CASES = [slow_head, stalled_body]


def wrong_input(figures, options):
    with folder() as path, running(Server(path / "data")) as server:
        server.start()
        house = House(server, server.admin_token())
        for case in CASES + (SLOW_CASES if options.slow else []):
            case(house)
            # A cut body is noticed when its connection's end arrives.
            eventually(house.unchanged, seconds=5)
            figures["cases"] = figures.get("cases", 0) + 1

        def nothing_left():
            waiting = store.jobs_waiting(server.data)
            check(waiting == 0, f"{waiting} jobs are still waiting")
            seen = store.compare(server.data)
            check(seen["open uploads"] == 0 and seen["blobs on disk"] == 1, f"something is left behind: {seen}")
            return seen

        figures.update(eventually(nothing_left, seconds=30))
        check(server.stop() == 0, "SIGTERM does not end it with 0")


def main():
    parser = argparse.ArgumentParser(prog="dev/soak wrong-input")
    parser.add_argument("--slow", action="store_true")
    conclude("wrong-input", wrong_input, parser.parse_args())


if __name__ == "__main__":
    main()
