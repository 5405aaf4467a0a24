"""The product's processes as an operator starts them, on ports of this host; they can be killed and started again."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from socket import socket
from time import monotonic, sleep
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.faults import child
from tests.faults.child import Faults

HOUSE = Path(__file__).resolve().parents[2]
PATIENCE = 60
# One process loads the product; those with faults begin as copies of it.
_COPYING = get_context("forkserver")
_COPYING.set_forkserver_preload([child.__name__])


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
            assert not self.has_ended, self.written
            assert monotonic() < deadline, self.written
            sleep(0.1)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    @property
    def has_ended(self) -> bool:
        """Whether it is not there any more."""
        return self.running is None or self.running.poll() is not None

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
class FaultyProcess(Process):
    """A process in which something goes wrong (`faults`); it starts within a moment."""

    faults: Faults = field(default_factory=Faults)
    copied: BaseProcess | None = None

    def start(self) -> "FaultyProcess":
        """Start it with the faults it has now."""
        self.log.touch()
        self._before = self.log.stat().st_size
        arguments = (self.command, self.settings, self.log, self.faults)
        copied = _COPYING.Process(target=child.run, args=arguments)
        copied.start()
        self.copied = copied
        return self

    @property
    def has_ended(self) -> bool:
        """Whether it is not there any more."""
        return self.copied is None or self.copied.exitcode is not None

    def wait_until_killed(self) -> None:
        """Wait until its fault has ended it."""
        assert self.copied is not None
        self.copied.join(PATIENCE)
        assert self.copied.exitcode == -signal.SIGKILL, (self.faults, self.copied.exitcode, self.written)

    def wait_until_stopped(self) -> None:
        """Wait until its fault has made it stand still."""
        assert self.copied is not None
        deadline = monotonic() + PATIENCE
        while Path(f"/proc/{self.copied.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            assert monotonic() < deadline, (self.faults, self.written)
            sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.copied is not None
        assert self.copied.pid is not None
        os.kill(self.copied.pid, number)

    def _end(self, number: signal.Signals) -> None:
        if not self.has_ended:
            self.send(number)
            if number is not signal.SIGKILL:
                # One that stands still would not hear of it.
                self.send(signal.SIGCONT)
        if self.copied is not None:
            self.copied.join(PATIENCE)


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

    def faulty_serve(self, faults: Faults | None = None) -> FaultyProcess:
        """Make a web process without timers that obeys `faults`."""
        port = free_port()
        command = ["serve", "--no-demo", "--no-worker", "--port", str(port)]
        return self._add_faulty(command, f"http://127.0.0.1:{port}", faults)

    def faulty_worker(self, faults: Faults | None = None) -> FaultyProcess:
        """Make a worker that obeys `faults`."""
        return self._add_faulty(["worker"], "", faults)

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self.all:
            process.kill()

    def _add(self, command: list[str], address: str) -> Process:
        log = self.folder / f"process-{len(self.all)}.log"
        self.all.append(Process(command, self.settings, log, address))
        return self.all[-1]

    def _add_faulty(self, command: list[str], address: str, faults: Faults | None) -> FaultyProcess:
        log = self.folder / f"process-{len(self.all)}.log"
        made = FaultyProcess(command, self.settings, log, address, faults=faults or Faults())
        self.all.append(made)
        return made


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
