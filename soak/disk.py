"""Filesystems of their own for a run: an image in the run's folder, mounted through a loop device. Needs root."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

from house import check

MKFS = {"ext4": ["mkfs.ext4", "-q", "-F", "-m", "0"], "xfs": ["mkfs.xfs", "-q", "-f"]}


def command(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    check(done.returncode == 0, f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


class Disk:
    def __init__(self, image, mount):
        self.image, self.mount = image, mount

    def attach(self):
        command("mount", "-o", "loop", self.image, self.mount)

    def detach(self):
        command("umount", self.mount)

    def cut_power(self):
        """Nothing that was not flushed gets to the disk any more, not even the filesystem's own log (XFS only)."""
        command("xfs_io", "-x", "-c", "shutdown", self.mount)


@contextmanager
def mounted(folder, kind, mib, name="disk"):
    """A fresh filesystem of `mib` MiB, mounted; unmounted at the end however the run ends."""
    image, mount = Path(folder, f"{name}.img"), Path(folder, name)
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(mib << 20)
    command(*MKFS[kind], image)
    disk = Disk(image, mount)
    disk.attach()
    try:
        yield disk
    finally:
        if mount.is_mount():
            disk.detach()
