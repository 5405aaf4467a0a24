"""The product's processes as an operator starts them, on ports of this host; they can be killed and started again.

Each begins as a copy of one process that has loaded the product already, and may obey faults.
"""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.faults import child
from tests.faults.child import Faults

PATIENCE = 60
_COPYING = get_context("forkserver")
_COPYING.set_forkserver_preload([child.__name__])


@dataclass
class Process:
    """One process of the product, known by its command, and what goes wrong in it when it starts next."""

    command: list[str]
    settings: dict[str, str]
    log: Path
    # Where they are kept compiled.
    templates: Path
    # Where it answers; a worker answers nowhere.
    address: str = ""
    faults: Faults = field(default_factory=Faults)
    running: BaseProcess | None = None
    # How much its predecessors wrote.
    _before: int = 0

    def start(self) -> "Process":
        """Start it; `wait_until_ready` tells when it answers."""
        self.log.touch()
        self._before = self.log.stat().st_size
        arguments = (self.command, self.settings, self.log, self.templates, self.faults)
        started = _COPYING.Process(target=child.run, args=arguments)
        started.start()
        self.running = started
        return self

    def wait_until_ready(self) -> None:
        """Wait until it answers."""
        deadline = monotonic() + PATIENCE
        while not self._answers():
            assert not self.has_ended, self.written
            assert monotonic() < deadline, self.written
            sleep(0.05)

    def wait_until_killed(self) -> None:
        """Wait until its fault has ended it."""
        assert self.running is not None
        self.running.join(PATIENCE)
        assert self.running.exitcode == -signal.SIGKILL, (self.faults, self.running.exitcode, self.written)

    def wait_until_stopped(self) -> None:
        """Wait until its fault has made it stand still."""
        deadline = monotonic() + PATIENCE
        while Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            assert monotonic() < deadline, (self.faults, self.written)
            sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; one that has just ended does not mind."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut would, with all that it has started."""
        if not self.has_ended:
            with suppress(ProcessLookupError):  # Too young to have a group of its own.
                os.killpg(self.pid, signal.SIGKILL)
            self.send(signal.SIGKILL)
        self._join()

    def stop(self) -> None:
        """End it in order."""
        if not self.has_ended:
            self.send(signal.SIGTERM)
            # One that stands still would not hear of it.
            self.send(signal.SIGCONT)
        self._join()

    @property
    def pid(self) -> int:
        """Its number, while it runs."""
        assert self.running is not None
        assert self.running.pid is not None
        return self.running.pid

    @property
    def children(self) -> list[int]:
        """The numbers of the processes that it has started itself."""
        started = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(number) for number in started]

    @property
    def has_ended(self) -> bool:
        """Whether it is not there any more."""
        return self.running is None or self.running.exitcode is not None

    @property
    def written(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

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

    def _join(self) -> None:
        if self.running is not None:
            self.running.join(PATIENCE)


@dataclass
class Processes:
    """All processes of one installation; what still runs at the end is killed."""

    folder: Path
    # Where templates are kept compiled.
    templates: Path
    settings: dict[str, str] = field(default_factory=dict)
    all: list[Process] = field(default_factory=list)

    def serve(self, faults: Faults | None = None, *, with_worker: bool = False) -> Process:
        """Make the process of `run.py serve`: pages, and mail and timers too if wanted."""
        port = free_port()
        command = ["serve", "--no-demo", "--port", str(port)]
        return self._add([*command, *([] if with_worker else ["--no-worker"])], port, faults)

    def gunicorn(self) -> Process:
        """Make a web process behind gunicorn, with two threads."""
        port = free_port()
        command = [child.GUNICORN, "--no-control-socket", "--threads", "2", "--bind", f"127.0.0.1:{port}"]
        return self._add([*command, "web.wsgi:app"], port, None)

    def worker(self, faults: Faults | None = None) -> Process:
        """Make a worker."""
        return self._add(["worker"], 0, faults)

    @property
    def traces(self) -> list[str]:
        """What processes wrote when they met something that nobody foresaw."""
        written = [(process.command[0], process.written.partition("Traceback")) for process in self.all]
        return [
            f"{name}: {before[-300:]}{mark}{after[:8000]}" for name, (before, mark, after) in written if mark
        ]

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self.all:
            process.kill()

    def _add(self, command: list[str], port: int, faults: Faults | None) -> Process:
        log = self.folder / f"process-{len(self.all)}.log"
        address = f"http://127.0.0.1:{port}" if port else ""
        self.all.append(Process(command, self.settings, log, self.templates, address, faults or Faults()))
        return self.all[-1]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
