"""The file store: bytes under their SHA-256 in a folder outside the web root; a name never reaches the disk."""

import os
from hashlib import sha256
from pathlib import Path
from uuid import uuid4


class FileStore:
    """A folder of content-addressed files; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Store content durably and give its digest; a crash in between leaves nothing half-written."""
        digest = sha256(content).hexdigest()
        place = self._place(digest)
        if place.exists():
            return digest
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f"{digest}.{uuid4().hex}.part")
        try:
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
        _keep_names(place.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """Give the content of a digest; refuses an unknown one with FileNotFoundError, a changed one too."""
        content = self._place(digest).read_bytes()
        if sha256(content).hexdigest() != digest:
            raise FileNotFoundError(digest)
        return content

    def take_out(self, digest: str) -> bytes:
        """Remove a content that nothing refers to any more, and give it; b"" when it is gone already."""
        try:
            content = self._place(digest).read_bytes()
        except FileNotFoundError:
            return b""
        self._place(digest).unlink(missing_ok=True)
        return content

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _keep_names(folder: Path) -> None:
    """Let the file's name survive a power cut as its bytes do; Windows does so by itself."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
