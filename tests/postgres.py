"""A private PostgreSQL server in a temporary folder, for tests and measurements: no network, no traces.

with private_server() as server:
    engine = make_engine(server.url("postgres"))
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from sqlalchemy.engine import URL

from tests.small_disk import SmallDisk

HOW_TO_ENABLE = "install the PostgreSQL server (Debian and Ubuntu: apt-get install postgresql)"
USER = "rasoat"
START_SECONDS = 60


@dataclass
class Server:
    """A running server that is reached through a socket in its own folder."""

    folder: Path
    _start: "Callable[[], subprocess.Popen[bytes]]"
    # Where its files lie, when that is not the host's own disk.
    disk: SmallDisk | None = None
    _process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str) -> URL:
        """Give the address of one of its databases."""
        return URL.create(
            "postgresql+psycopg", username=USER, database=database, query={"host": str(self.folder)}
        )

    def execute(self, statement: str) -> None:
        """Execute a statement that stands outside transactions, such as CREATE DATABASE."""
        with psycopg.connect(
            host=str(self.folder), user=USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = self._start()
        _wait_until_ready(self.folder, self._process)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT closes open connections, SIGTERM would wait for them, SIGQUIT drops everything at once."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=START_SECONDS)

    def go_on(self) -> None:
        """Wait until it answers again; one that has given up is started as an operator does."""
        assert self._process is not None
        try:
            _wait_until_ready(self.folder, self._process)
        except RuntimeError:
            self.start()


def binaries() -> Path | None:
    """Find the folder that holds `initdb` and `postgres`; Debian keeps it out of the path."""
    places = [Path(where).parent for where in [shutil.which("initdb")] if where]
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        places += sorted(Path("/").glob(pattern), key=_version, reverse=True)
    return next(
        (place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None
    )


@contextmanager
def private_server(disk_megabytes: int = 0, **settings: str) -> Iterator[Server]:
    """Run a server with its default durability until the block ends; `settings` override postgresql.conf.

    With `disk_megabytes` its files lie on a disk of that size, which only a host that passes `has_small_disks` offers.
    """
    place = binaries()
    if place is None:
        raise FileNotFoundError(f"No PostgreSQL server here: {HOW_TO_ENABLE}")
    # Not under pytest's own folder: a socket's path may not be longer than 107 bytes.
    folder = Path(mkdtemp(prefix="rasoat-pg-"))
    owner = _unprivileged_owner()
    if owner is not None:
        shutil.chown(folder, *owner)
    disk = SmallDisk(folder / "disk", disk_megabytes) if disk_megabytes else None
    data = folder / "disk" / "data" if disk else folder / "data"
    how = _how(owner, disk)
    try:
        _initialise(place, folder, data, how)
        server = Server(folder, lambda: _start(place, folder, data, how, settings), disk)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        if disk is not None:
            disk.close()
        shutil.rmtree(folder, ignore_errors=True)


def _version(place: Path) -> float:
    digits = "".join(sign for sign in place.parent.name if sign.isdigit() or sign == ".")
    return float(digits or 0)


def _unprivileged_owner() -> tuple[str, str] | None:
    """Name the user and group to run as: the server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    import grp
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return name, grp.getgrgid(entry.pw_gid).gr_name
    raise PermissionError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")


@dataclass(frozen=True, slots=True)
class _How:
    """How the server's commands are started."""

    before: list[str]
    options: dict[str, Any]


def _how(owner: tuple[str, str] | None, disk: SmallDisk | None) -> _How:
    setpriv = shutil.which("setpriv")
    # The server ends with the test run, even when that is killed.
    before = [setpriv, "--pdeathsig", "INT"] if setpriv else []
    options: dict[str, Any] = {}
    if owner is not None and disk is not None:
        # Only root enters the place from which the disk is seen.
        before = [*disk.before, *before, "--reuid", owner[0], "--regid", owner[1], "--clear-groups"]
    elif owner is not None:
        options = {"user": owner[0], "group": owner[1], "extra_groups": []}
    return _How([*before, "--"] if before else [], options)


def _initialise(place: Path, folder: Path, data: Path, how: _How) -> None:
    command = [*how.before, str(place / "initdb"), "--pgdata", str(data), "--username", USER]
    command += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **how.options)
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _start(
    place: Path, folder: Path, data: Path, how: _How, settings: dict[str, str]
) -> "subprocess.Popen[bytes]":
    wanted = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        **settings,
    }
    command = [*how.before, str(place / "postgres"), "-D", str(data)]
    for name, value in wanted.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **how.options)


def _wait_until_ready(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user=USER, dbname="postgres").close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}") from error
        time.sleep(0.05)
