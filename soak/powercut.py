"""Is everything that was acknowledged still there after the power failed?

Database and blobs lie on two XFS filesystems in loop devices (needs root and xfsprogs). Each round: clients upload, the
server is stopped in its tracks (SIGSTOP), both filesystems are shut down without flushing even their own logs, the server
is killed, the filesystems are mounted again, and what was acknowledged is compared as after a `kill -9`.

    dev/soak powercut [--rounds N] [--clients N] [--sabotage]

With --sabotage every flush of the server is turned into nothing (a library loaded before it): must fail.
"""

import argparse
import os
import random
import signal
import threading
import time

from disk import command, mounted
from house import START_SECONDS_MAX, Api, Server, check, conclude, folder, running
from kills import Client, Ledger, settle, verify

NO_FLUSH = """
int fsync(int fd) { (void)fd; return 0; }
int fdatasync(int fd) { (void)fd; return 0; }
int syncfs(int fd) { (void)fd; return 0; }
int sync_file_range(int fd, long a, long b, unsigned f) { (void)fd; (void)a; (void)b; (void)f; return 0; }
"""


def no_flush_library(path):
    source, library = path / "noflush.c", path / "noflush.so"
    source.write_text(NO_FLUSH)
    command("cc", "-shared", "-fPIC", "-fno-builtin", "-o", library, source)
    return {"LD_PRELOAD": str(library)}


def cut(server, disks, up):
    up.clear()
    server.process.send_signal(signal.SIGSTOP)
    for disk in disks:
        disk.cut_power()
    # Only now: a killed process gives up its files, and what it had not flushed must stay lost.
    server.kill()
    for disk in disks:
        disk.detach()
    for disk in disks:
        disk.attach()


def powercut(figures, options):
    check(os.geteuid() == 0, "this scenario mounts filesystems and needs root")
    rng = random.Random(options.seed)
    with folder() as path, mounted(path, "xfs", 600, "database") as database, mounted(path, "xfs", 1000 + 250 * options.rounds, "blobs") as blobs:
        data = database.mount / "data"
        data.mkdir(mode=0o700)
        (blobs.mount / "blobs").mkdir(mode=0o700)
        (data / "blobs").symlink_to(blobs.mount / "blobs")
        command("sync")
        with running(Server(data, no_flush_library(path) if options.sabotage else None)) as server:
            server.start()
            token = server.admin_token()
            api, ledger, up, enough = Api(server.port, token), Ledger(), threading.Event(), threading.Event()
            up.set()
            clients = [Client(n, options.seed, server.port, token, ledger, up, enough) for n in range(options.clients)]
            for client in clients:
                client.start()
            try:
                for done in range(1, options.rounds + 1):
                    time.sleep(rng.uniform(0.3, 2.0))
                    cut(server, [database, blobs], up)
                    api.close()
                    took = server.start()
                    check(took < START_SECONDS_MAX, f"it started {took:.1f} s after the power cut")
                    verify(api, ledger, rng, everything=True)
                    up.set()
                    for client in clients:
                        check(client.finding is None, f"{client.name}: {client.finding!r}")
                    figures.update({"power cuts": done, "files acknowledged": len(ledger.files)})
            finally:
                enough.set()
                up.set()
                for client in clients:
                    client.join(60)
            verify(api, ledger, rng, everything=True)
            figures.update({
                "files acknowledged": len(ledger.files),
                "bytes acknowledged": sum(size for size, _ in ledger.files.values()),
                "connections broken": ledger.broken,
                "uploads resumed": ledger.resumed,
                "restart s, longest": round(max(server.starts_s[1:]), 2),
            })
            check(ledger.broken > 0, "no transfer was interrupted: nothing was tested")
            figures.update(settle(api, server.data))
            check(server.stop() == 0, "SIGTERM does not end it with 0")


def main():
    parser = argparse.ArgumentParser(prog="dev/soak powercut")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--sabotage", action="store_true")
    options = parser.parse_args()

    def run(figures):
        figures["seed"] = options.seed
        powercut(figures, options)

    conclude("powercut-sabotage" if options.sabotage else "powercut", run)


if __name__ == "__main__":
    main()
