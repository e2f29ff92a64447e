"""What happens when the disk is full: is every refusal a 507, is nothing lost, and does it recover by itself?

The data folder lies on a small filesystem of its own (a loop-mounted ext4; needs root). Uploads are made until nothing
fits: with a declared length (refused before a byte is sent), and with an unknown one (refused on the way). Then
something else fills the rest of the disk to the last block, so that not even the database can write. Reads must go on,
and after room was made uploads must work again without a restart. In the last case alone a fetch may be refused with
507: it is audited, and an entry that cannot be written is not left out. The figures say how often that was.

    dev/soak diskfull [--mib N]
"""

import argparse
import os
import socket
from pathlib import Path

import store
from disk import mounted
from house import BROKEN, Api, Server, check, conclude, eventually, folder, noise, running, sha256

MIB = 1 << 20
ROOMY = 16 * MIB
PIECE = MIB
REFUSALS = (507,)


class Shelf:
    """The files that were acknowledged, and whether they still are as they were."""

    def __init__(self, api):
        self.api, self.package, self.files = api, api.new_package("before the disk was full"), {}

    def add(self, name, data):
        status, _, body = self.api.put(self.package, name, data)
        if status == 201:
            self.files[name] = sha256(data)
        return status, body

    def remove(self, count):
        listed = self.api.files(self.package)
        for name in [name for name in self.files if name.startswith("declared-")][:count]:
            status, _, body = self.api.call("DELETE", f"/api/v1/packages/{self.package}/files/{listed[name]['id']}")
            check(status == 204, f"removing a file is answered {status}: {body[:200]!r}")
            del self.files[name]

    def intact(self, refusals=()):
        """Compares every file. Answers how many fetches were refused with one of `refusals`."""
        refused = 0
        listed = self.api.files(self.package)
        for name, digest in self.files.items():
            check(name in listed, f"{name} is no longer listed")
            status, _, data = self.api.call("GET", f"/api/v1/packages/{self.package}/files/{listed[name]['id']}/content")
            check(status == 200 or status in refusals, f"a file's content answered {status}: {data[:200]!r}")
            check(status != 200 or sha256(data) == digest, f"{name} has other bytes")
            refused += status != 200
        extra = sorted(set(listed) - set(self.files))
        check(not extra, f"files that were never acknowledged are listed: {extra}")
        return refused


def refused_early(server, token, package, size):
    """The status of a PUT that declares `size` and sends nothing yet: a refusal must not wait for the bytes."""
    head = (
        f"PUT /api/v1/packages/{package}/files/early.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {size}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(head.encode())
        answer = line.recv(4096)
    return int(answer.split(b" ", 2)[1]) if answer else 0


def chunked_put(api, package, name, pieces):
    """A PUT of unknown length; the status, also when the server answered before it had everything."""
    try:
        return api.call("PUT", f"/api/v1/packages/{package}/files/{name}", iter(pieces), encode_chunked=True,
                        headers={"Transfer-Encoding": "chunked"})[0]
    except BROKEN as error:
        return f"connection broken: {error!r}"


def deferred_tus(api, package, piece, pieces_max):
    """tus with a deferred length until it is refused: (the refusal's status, path, acknowledged offset)."""
    status, path = api.tus_create(package, "deferred.bin")
    if status != 201:
        return status, None, 0
    offset = 0
    for n in range(pieces_max):
        status, headers, body = api.tus_patch(path, offset, noise(f"deferred/{n}", piece))
        if status != 204:
            return status, path, offset
        offset = int(headers["Upload-Offset"])
    return status, path, offset


def declared(figures, server, shelf, token):
    """Fills the disk with files of declared length, until one is refused."""
    for n in range(200):
        status, body = shelf.add(f"declared-{n:03}.bin", noise(f"declared/{n}", 8 * MIB))
        if status != 201:
            break
    check(status in REFUSALS, f"a file that does not fit is answered {status}: {body[:200]!r}")
    figures["files until full"] = len(shelf.files)
    early = refused_early(server, token, shelf.package, 1 << 40)
    check(early in REFUSALS, f"a PUT declaring 1 TiB is answered {early} before its first byte")
    status, path = shelf.api.tus_create(shelf.package, "large.bin", 1 << 40)
    check(status in REFUSALS and path is None, f"a tus creation of 1 TiB is answered {status}")
    shelf.intact()


def on_the_way(figures, server, shelf):
    """Bytes of unknown length: more than fit."""
    status = chunked_put(shelf.api, shelf.package, "chunked.bin", (noise(f"chunked/{n}", MIB) for n in range(400)))
    check(status in REFUSALS, f"a chunked PUT that does not fit ends with {status}")
    shelf.intact()
    shelf.remove(1)
    eventually(lambda: check(store.jobs_waiting(server.data) == 0, "the removed file's bytes stay"))
    status, path, offset = deferred_tus(shelf.api, shelf.package, PIECE, 400)
    check(status in REFUSALS, f"tus of deferred length that does not fit ends with {status}")
    figures["deferred upload refused after MiB"] = offset // MIB
    check(path is not None and offset > 0, "the disk was too full to begin an upload of deferred length")
    status, again = shelf.api.tus_head(path)
    check((status, again) == (200, offset), f"HEAD says {status}, {again} after {offset} were acknowledged")
    shelf.intact()
    return path, offset


def to_the_last_block(figures, server, shelf, mount):
    """Something else takes the rest of the disk: reads go on, writes are refused and say why."""
    ballast = Path(mount, "ballast")
    taken = 0
    with ballast.open("wb", buffering=0) as file:
        for piece in (MIB, 4096):
            try:
                while True:
                    taken += file.write(b"\xa5" * piece)
            except OSError:
                pass
    figures["ballast MiB"] = taken // MIB
    seen, fetched, refused = set(), 0, 0
    for n in range(12):
        status, body = shelf.add(f"small-{n}.bin", noise(f"small/{n}", 300_000))
        seen.add(status)
        check(status in (201, 503, 507), f"on a full disk a PUT answers {status}: {body[:200]!r}")
        refused += shelf.intact(refusals=(503, 507))
        fetched += len(shelf.files)
    check(seen & {503, 507}, "a disk without a free block took everything")
    figures["uploads on a disk without a block answer"] = sorted(seen)
    figures["fetches refused on a disk without a block"] = f"{refused} of {fetched}"
    status, _, _ = shelf.api.call("GET", "/healthz")
    check(status == 200, f"healthz answers {status} on a full disk")
    ballast.unlink()


def recovered(figures, server, shelf, deferred):
    """Room was made: everything works again, in the same process."""
    path, offset = deferred
    data = noise("after", ROOMY)

    def works():
        status, body = shelf.add("after.bin", data)
        check(status == 201, f"with room again a PUT answers {status}: {body[:200]!r}")

    eventually(works, seconds=15)
    status, _, body = shelf.api.tus_patch(path, offset, b"the end", **{"Upload-Length": str(offset + 7)})
    check(status == 204, f"the refused upload cannot be continued: {status} {body[:200]!r}")
    whole = b"".join(noise(f"deferred/{n}", PIECE) for n in range(offset // PIECE)) + b"the end"
    shelf.files["deferred.bin"] = sha256(whole)
    shelf.intact()

    def clean():
        waiting = store.jobs_waiting(server.data)
        check(waiting == 0, f"{waiting} jobs are still waiting")
        return store.compare(server.data)

    figures.update(eventually(clean, seconds=60))
    report = shelf.api.json("GET", "/api/v1/audit/verify")
    check(report["intact"], f"the audit log does not verify: {report}")


def diskfull(figures, options):
    check(os.geteuid() == 0, "this scenario mounts a filesystem and needs root")
    with folder() as path, mounted(path, "ext4", options.mib) as disk:
        with running(Server(disk.mount / "data")) as server:
            server.start()
            token = server.admin_token()
            lives = server.pid
            shelf = Shelf(Api(server.port, token, timeout_s=60))
            declared(figures, server, shelf, token)
            deferred = on_the_way(figures, server, shelf)
            to_the_last_block(figures, server, shelf, disk.mount)
            shelf.remove(4)
            recovered(figures, server, shelf, deferred)
            check(server.process.poll() is None and server.pid == lives, "the server did not live through it")
            figures["memory MiB"] = round(server.memory_peak_mib())


def main():
    parser = argparse.ArgumentParser(prog="dev/soak diskfull")
    parser.add_argument("--mib", type=int, default=220, help="size of the disk")
    options = parser.parse_args()
    conclude("diskfull", diskfull, options)


if __name__ == "__main__":
    main()
