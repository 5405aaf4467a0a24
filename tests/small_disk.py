"""A disk of a few megabytes in memory, for what happens when one is full: only the commands behind `before` see it."""

import errno
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

# Mounted where no other process looks; it is gone with the last process that sees it.
_MOUNT = (
    'mkdir -p "$1" && mount -t tmpfs -o "size=$2m,mode=1777" none "$1" && echo ready && exec sleep infinity'
)
MEGABYTE = b"\0" * 1_048_576
BLOCK = 4096


@cache
def has_small_disks() -> bool:
    """Tell whether this host lets us make one: as root on Linux, with util-linux."""
    tools = all(shutil.which(name) for name in ("unshare", "nsenter", "setpriv", "mount"))
    if not tools or os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


class SmallDisk:
    """A folder that lies on such a disk."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        command = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
            "unshare",
            "--mount",
            "--",
            "sh",
            "-c",
            _MOUNT,
            "sh",
        ]
        self._holder = subprocess.Popen([*command, str(folder), str(megabytes)], stdout=subprocess.PIPE)
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != b"ready\n":
            raise RuntimeError(f"No small disk could be made at {folder}")
        # As the test sees it.
        self.folder = Path(f"/proc/{self._holder.pid}/root{folder}")
        self.before = ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--"]

    def fill(self) -> None:
        """Leave no room for anything."""
        with (self.folder / "filling").open("ab", buffering=0) as file:
            for piece in (MEGABYTE, MEGABYTE[:BLOCK]):
                try:
                    while True:
                        file.write(piece)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self) -> None:
        """Take away what filled it."""
        (self.folder / "filling").unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it; what still uses it keeps it."""
        self._holder.kill()
        self._holder.wait()
        assert self._holder.stdout is not None
        self._holder.stdout.close()
