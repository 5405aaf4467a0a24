"""The product's processes as an operator starts them, on ports of this host; they can be killed and started again."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

HOUSE = Path(__file__).resolve().parents[2]
PATIENCE = 60


@dataclass
class Process:
    """One process of the product, known by its command."""

    command: list[str]
    settings: dict[str, str]
    log: Path
    # Where it answers; a worker answers nowhere.
    address: str = ""
    running: "subprocess.Popen[bytes] | None" = None
    _file: IO[bytes] | None = None
    # How much its predecessors wrote.
    _before: int = 0

    def start(self) -> "Process":
        """Start it; `wait_until_ready` tells when it answers."""
        self._file = self.log.open("ab")
        self._before = self.log.stat().st_size
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RASOAT_")}
        self.running = subprocess.Popen(
            self.command,
            env={**kept, "PYTHONPATH": str(HOUSE), "PYTHONUTF8": "1", **self.settings},
            cwd=HOUSE,
            stdout=self._file,
            stderr=self._file,
            # A server of several processes is killed with all of them.
            start_new_session=True,
        )
        return self

    def wait_until_ready(self) -> None:
        """Wait until it answers."""
        deadline = monotonic() + PATIENCE
        while not self._answers():
            assert self.running is not None
            assert self.running.poll() is None, self.written
            assert monotonic() < deadline, self.written
            sleep(0.1)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    @property
    def written(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        if not self.address:
            return b"The worker runs." in self.log.read_bytes()[self._before :]
        try:
            with urlopen(f"{self.address}/login", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except HTTPError:
            return True
        except (URLError, ConnectionError, TimeoutError):
            return False

    def _end(self, number: signal.Signals) -> None:
        if self.running is not None:
            if self.running.poll() is None:
                os.killpg(self.running.pid, number)
            self.running.wait(PATIENCE)
        if self._file is not None:
            self._file.close()


@dataclass
class Processes:
    """All processes of one installation; what still runs at the end is killed."""

    folder: Path
    settings: dict[str, str]
    all: list[Process] = field(default_factory=list)

    def serve(self, *more: str) -> Process:
        """Make the process of `run.py serve`: pages, mail and timers in one."""
        port = free_port()
        command = [sys.executable, "-P", "-m", "web", "serve", "--port", str(port), *more]
        return self._add(command, f"http://127.0.0.1:{port}")

    def gunicorn(self) -> Process:
        """Make a web process behind gunicorn, with two threads."""
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "--threads", "2", "--bind", f"127.0.0.1:{port}"]
        return self._add([*command, "web.wsgi:app"], f"http://127.0.0.1:{port}")

    def worker(self) -> Process:
        """Make a worker."""
        return self._add([sys.executable, "-P", "-m", "web", "worker"], "")

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self.all:
            process.kill()

    def _add(self, command: list[str], address: str) -> Process:
        log = self.folder / f"process-{len(self.all)}.log"
        self.all.append(Process(command, self.settings, log, address))
        return self.all[-1]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
