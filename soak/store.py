"""Looks into a data folder beside the server: do the bytes on disk match what the database promises?

The one part of the long runs that knows how the local store and SQLite are laid out. It only reads, apart from the
sabotage at its end, which proves that the checks can fail.
"""

import sqlite3
import uuid
from pathlib import Path

from house import Finding, check


def query(data, sql):
    connection = sqlite3.connect(f"file:{database(data)}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def database(data):
    path = Path(data, "waybill.sqlite")
    check(path.exists(), f"no database in {data}")
    return path


def blob_files(data):
    """{blob id as 32 hex digits: (path, is partial)} of everything that lies where blobs lie."""
    found = {}
    for path in Path(data, "blobs").glob("[0-9a-f][0-9a-f]/*"):
        name = path.name.removesuffix(".partial")
        check(len(name) == 32, f"a file that is no blob: {path}")
        check(name not in found, f"a blob lies there twice: {path}")
        found[name] = (path, path.name.endswith(".partial"))
    return found


def compare(data):
    """Fails unless the blobs on disk are exactly those of the live files and at most those of open uploads."""
    live = {row[0].hex(): row[1] for row in query(data, "SELECT blob_id, size FROM files WHERE removed_at IS NULL")}
    opened = {row[0].hex(): row[1] for row in query(data, "SELECT blob_id, received FROM uploads WHERE finished_at IS NULL AND dropped_at IS NULL")}
    there = blob_files(data)
    for blob, size in live.items():
        check(blob in there and not there[blob][1], f"the file of blob {blob} has a row and no complete blob")
        actual = there[blob][0].stat().st_size
        check(actual == size, f"blob {blob} has {actual} bytes, its row says {size}")
    for blob, received in opened.items():
        held = there[blob][0].stat().st_size if blob in there else 0
        check(held >= received, f"open upload {blob} holds {held} bytes, {received} were acknowledged")
    orphans = sorted(set(there) - set(live) - set(opened))
    check(not orphans, f"{len(orphans)} blobs on disk belong to nothing: {orphans[:5]}")
    return {"live blobs": len(live), "open uploads": len(opened), "blobs on disk": len(there)}


def jobs_waiting(data):
    return query(data, "SELECT count(*) FROM jobs WHERE failed_at IS NULL")[0][0]


# --- sabotage: each is done while the server is down, and each must be found ---


def biggest_complete(data):
    # Of a file in its package: nobody misses the bytes of an upload whose end was never acknowledged.
    live = {row[0].hex() for row in query(data, "SELECT blob_id FROM files WHERE removed_at IS NULL AND size > 0")}
    complete = [path for name, (path, partial) in blob_files(data).items() if name in live and not partial]
    if not complete:
        raise Finding("nothing to sabotage yet")
    return max(complete, key=lambda path: path.stat().st_size)


def flip_byte(data):
    with biggest_complete(data).open("r+b") as blob:
        first = blob.read(1)
        blob.seek(0)
        blob.write(bytes([first[0] ^ 1]))


def remove_blob(data):
    biggest_complete(data).unlink()


def add_orphan(data):
    folder = biggest_complete(data).parent
    (folder / ("0" * 31 + "1")).write_bytes(b"nobody's")


def write(data, sql, must_change=True):
    connection = sqlite3.connect(database(data))
    try:
        changed = connection.execute(sql).rowcount
        connection.commit()
    finally:
        connection.close()
    check(changed > 0 or not must_change, f"sabotage without effect: {sql}")


def rewind_offsets(data):
    """What a server would do that acknowledges an offset before it is stored."""
    write(data, "UPDATE uploads SET received = received - 1 WHERE finished_at IS NULL AND dropped_at IS NULL AND received > 0")


def forget_file(data):
    """What a server would do that acknowledges a file before its row is committed."""
    write(data, "UPDATE files SET removed_at = uploaded_at WHERE id = (SELECT max(id) FROM files WHERE removed_at IS NULL)")


def rewrite_audit(data):
    write(data, "UPDATE audit_entries SET action = 'file.removed' WHERE id = (SELECT min(id) FROM audit_entries)")


def forget_claims(data):
    """What a server would do that does not write ahead what it sends."""
    write(data, "DELETE FROM download_claims", must_change=False)


def forget_count(data):
    """What a server would do that counts in memory, or after the last byte: the newest count is lost with it."""
    newest = query(data, "SELECT hex(id), hex(link_id), hex(package_id) FROM downloads WHERE confirmed_at IS NOT NULL ORDER BY confirmed_at DESC LIMIT 1")
    for download, link, package in newest:
        write(data, f"UPDATE downloads SET confirmed_at = NULL, state = 'open' WHERE id = x'{download}'")
        write(data, f"UPDATE links SET downloads = downloads - 1 WHERE id = x'{link}'")
        write(data, f"UPDATE packages SET downloads = downloads - 1, ended_at = NULL, ended_by = NULL WHERE id = x'{package}'")
        told = str(uuid.UUID(download))
        write(data, f"DELETE FROM audit_entries WHERE action = 'download.completed' AND details LIKE '%{told}%'")


def count_twice(data):
    """What a server would do that reads, checks and increments without holding the link."""
    write(data, "UPDATE links SET downloads = downloads + 1 WHERE downloads > 0", must_change=False)
    write(data, "UPDATE packages SET downloads = downloads + 1 WHERE downloads > 0", must_change=False)
