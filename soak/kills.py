"""Is everything that was acknowledged still there after any number of `kill -9`?

Clients upload by tus and by PUT while the server is killed at random moments and started again. A client counts only
what it was told: 201 of a PUT, 204 with the last offset, the offset of any 204. After each start the ledger of what was
acknowledged is compared with what the server lists and serves.

    dev/soak kills [--rounds N] [--clients N] [--seed N] [--sabotage NAME]
"""

import argparse
import json
import random
import threading
import time

import store
from house import BROKEN, START_SECONDS_MAX, Api, Finding, Server, check, conclude, eventually, folder, noise, running, sealed, sha256

SABOTAGE = {
    "flip-byte": store.flip_byte,
    "remove-blob": store.remove_blob,
    "add-orphan": store.add_orphan,
    "rewind-offsets": store.rewind_offsets,
    "forget-file": store.forget_file,
    "rewrite-audit": store.rewrite_audit,
}
FILES_PER_PACKAGE = 25
FILE_BYTES_MAX = 6 << 20
PATCH_BYTES_MAX = 1 << 20
SAMPLE = 15


class Ledger:
    """What clients were told, for all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.files = {}
        # Sent to the end, but the answer never came: there whole, or not there.
        self.in_doubt = {}
        self.fresh = []
        self.resumed = 0
        self.broken = 0

    def acknowledge(self, package, name, size, digest):
        with self.lock:
            self.in_doubt.pop((package, name), None)
            self.files[package, name] = (size, digest)
            self.fresh.append((package, name))

    def doubt(self, package, name, size, digest):
        with self.lock:
            self.in_doubt[package, name] = (size, digest)

    def take_fresh(self):
        with self.lock:
            fresh, self.fresh = self.fresh, []
            return fresh

    def snapshot(self):
        with self.lock:
            return dict(self.files), dict(self.in_doubt)


class Client(threading.Thread):
    """Uploads one file after the other, over all lives of the server. A promise that broke is left in `finding`."""

    def __init__(self, number, seed, port, token, ledger, up, enough):
        super().__init__(daemon=True, name=f"client {number}")
        self.number, self.seed, self.ledger, self.up, self.enough = number, seed, ledger, up, enough
        self.api = Api(port, token)
        self.random = random.Random(f"{seed}/{number}")
        self.finding = None
        self.package = None

    def run(self):
        try:
            made = 0
            while not self.enough.is_set():
                if made % FILES_PER_PACKAGE == 0:
                    self.package = self.again(lambda: self.api.new_package(f"{self.name}, {made}"))
                data = noise(f"{self.seed}/{self.number}/{made}", self.size())
                upload = self.tus if self.random.random() < 0.7 else self.put
                upload(f"{made:06}.bin", data)
                made += 1
        except Exception as error:  # of this thread: reported by the main one
            self.finding = error

    def size(self):
        shape = self.random.random()
        return 0 if shape < 0.03 else int(shape * shape * FILE_BYTES_MAX)

    def again(self, attempt):
        """Tries until the connection does not break. What it does may be done twice."""
        while True:
            self.up.wait()
            try:
                return attempt()
            except BROKEN:
                self.ledger.broken += 1
                time.sleep(0.05)

    def put(self, name, data):
        self.up.wait()
        try:
            status, _, body = self.api.put(self.package, name, data)
        except BROKEN:
            self.ledger.broken += 1
            self.ledger.doubt(self.package, name, len(data), sha256(data))
            return
        check(status == 201, f"PUT answered {status}: {body[:200]!r}")
        told = json.loads(body)
        check((told["size"], told["sha256"]) == (len(data), sha256(data)), f"PUT tells of other bytes: {told}")
        self.ledger.acknowledge(self.package, name, len(data), sha256(data))

    def tus(self, name, data):
        self.ledger.doubt(self.package, name, len(data), sha256(data))
        # A creation whose answer was lost leaves an upload that nobody continues.
        status, path = self.again(lambda: self.api.tus_create(self.package, name, len(data)))
        check(status == 201, f"tus creation answered {status}")
        offset = acknowledged = 0
        while offset < len(data):
            chunk = data[offset : offset + self.random.randint(1, PATCH_BYTES_MAX)]
            try:
                self.up.wait()
                status, headers, body = self.api.tus_patch(path, offset, chunk)
            except BROKEN:
                self.ledger.broken += 1
                offset = acknowledged = self.look(path, acknowledged, len(data))
                continue
            check(status == 204, f"PATCH at {offset} of {len(data)} answered {status}: {body[:200]!r}")
            now = int(headers["Upload-Offset"])
            check(now == offset + len(chunk), f"PATCH of {len(chunk)} at {offset} says {now}")
            offset = acknowledged = now
        self.ledger.acknowledge(self.package, name, len(data), sha256(data))

    def look(self, path, acknowledged, size):
        status, offset = self.again(lambda: self.api.tus_head(path))
        check(status == 200, f"HEAD of an upload acknowledged to {acknowledged} of {size} answered {status}")
        check(offset >= acknowledged, f"an acknowledged offset went back from {acknowledged} to {offset}")
        check(offset <= size, f"HEAD says {offset} of {size}")
        self.ledger.resumed += 1
        return offset


def verify(api, ledger, rng, everything=False):
    """Compares what was acknowledged with what is listed and, for what is new and a sample (or all), served."""
    fresh = ledger.take_fresh()
    acknowledged, in_doubt = ledger.snapshot()
    listed = {}
    for package in {package for package, _ in (*acknowledged, *in_doubt)}:
        listed.update({(package, name): file for name, file in api.files(package).items()})
    for key, (size, digest) in acknowledged.items():
        check(key in listed, f"an acknowledged file is not listed: {key}")
        told = (listed[key]["size"], listed[key]["sha256"])
        check(told == (size, digest), f"{key} is listed with {told} instead of {(size, digest)}")
    for key, whole in in_doubt.items():
        if key in listed:
            told = (listed[key]["size"], listed[key]["sha256"])
            check(told == whole, f"{key} was never acknowledged and is listed with {told} instead of {whole}")
    chosen = set(listed) if everything else set(fresh) | set(rng.sample(sorted(acknowledged), min(SAMPLE, len(acknowledged))))
    for key in chosen:
        data = api.content(key[0], listed[key]["id"])
        check(sha256(data) == listed[key]["sha256"], f"{key} is served with other bytes than its digest says")
    return len(chosen)


def settle(api, data):
    """Waits until background work is done, then compares the disk with the database."""

    def quiet():
        waiting = store.jobs_waiting(data)
        check(waiting == 0, f"{waiting} jobs are still waiting")
        return store.compare(data)

    figures = eventually(quiet, seconds=60)
    report = eventually(lambda: sealed(api))
    check(report["intact"], f"the audit log does not verify: {report}")
    return figures | {"audit entries sealed": report["sealed"]}


def one_round(server, api, ledger, up, rng, sabotage):
    time.sleep(rng.uniform(0.05, 1.5))
    up.clear()
    server.kill()
    if sabotage:
        sabotage(server.data)
    api.close()
    took = server.start()
    check(took < START_SECONDS_MAX, f"it started {took:.1f} s after kill -9")
    read = verify(api, ledger, rng)
    up.set()
    return read


def kills(figures, options):
    rng = random.Random(options.seed)
    with folder() as path, running(Server(path / "data")) as server:
        server.start()
        token = server.admin_token()
        api, ledger = Api(server.port, token), Ledger()
        up, enough = threading.Event(), threading.Event()
        up.set()
        clients = [Client(n, options.seed, server.port, token, ledger, up, enough) for n in range(options.clients)]
        for client in clients:
            client.start()
        read = 0
        try:
            for done in range(1, options.rounds + 1):
                read += one_round(server, api, ledger, up, rng, SABOTAGE.get(options.sabotage) if done == options.rounds else None)
                for client in clients:
                    check(client.finding is None, f"{client.name}: {client.finding!r}")
                figures.update({"kills": done, "files acknowledged": len(ledger.files)})
        finally:
            enough.set()
            up.set()
            for client in clients:
                client.join(60)
        for client in clients:
            check(client.finding is None and not client.is_alive(), f"{client.name}: {client.finding!r}")
        read += verify(api, ledger, rng, everything=True)
        figures.update({
            "files acknowledged": len(ledger.files),
            "bytes acknowledged": sum(size for size, _ in ledger.files.values()),
            "connections broken": ledger.broken,
            "uploads resumed": ledger.resumed,
            "reads compared": read,
            "restart s, median": round(sorted(server.starts_s)[len(server.starts_s) // 2], 2),
            "restart s, longest": round(max(server.starts_s[1:]), 2),
            "memory of the last life MiB": round(server.memory_peak_mib()),
        })
        check(ledger.resumed > 0 and ledger.broken > 0, "no transfer was interrupted: nothing was tested")
        figures.update(settle(api, server.data))
        check(server.stop() == 0, "SIGTERM does not end it with 0")


def main():
    parser = argparse.ArgumentParser(prog="dev/soak kills")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--sabotage", choices=sorted(SABOTAGE), help="damages the data before the last start: must fail")
    options = parser.parse_args()
    name = f"kills-{options.sabotage}" if options.sabotage else "kills"

    def run(figures):
        figures["seed"] = options.seed
        kills(figures, options)

    conclude(name, run)


if __name__ == "__main__":
    main()
