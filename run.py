#!/usr/bin/env python3
"""Start Rasoat from its checkout; needs nothing but Python 3.11 or later.

    python3 run.py serve           show the product in a browser; with demonstration data on the first start
    python3 run.py init            make the department and its first administrator in an empty store, for real work
    python3 run.py demo            put invented data into an empty store, to try
    python3 run.py worker          send mail and fire timers beside other processes
    python3 run.py publish         publish shipped drawings that are new; `serve` does it by itself
    python3 run.py lint            check drawings (FILE…) as publishing does; exit status 1 when one has errors
    python3 run.py rehearse        play scenarios (DIR|FILE) of procedures; exit status 1 when one goes otherwise
    python3 run.py send            send a message or signal to running procedures
    python3 run.py translations    bring the catalogue of texts in step with the code, or check it
    python3 run.py test            run the test suite; what follows goes to pytest
    python3 run.py bench           measure; `bench step --quick` for one of the benches
    python3 run.py help            show this; `python3 run.py serve --help` tells the options of a command

The first start makes `.venv` beside this file and installs exactly what the lock file names, checked by hash.
"""

from __future__ import annotations  # so that an older Python gets as far as the sentence in main()

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

NEEDED = (3, 11)
HOUSE = Path(__file__).resolve().parent
VENV = HOUSE / ".venv"
STAMP = VENV / "installed.sha256"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def main(arguments: list[str]) -> None:
    """Prepare the environment of the verb, then become its process."""
    if sys.version_info < NEEDED:
        needed = ".".join(map(str, NEEDED))
        sys.exit(f"Rasoat needs Python {needed} or later; this is Python {_version()} ({sys.executable}).")
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(__doc__)
        return
    verb, *rest = arguments
    install(with_tests=verb in ("test", "bench"))
    if verb in ("test", "bench"):
        os.chdir(HOUSE)
        become("-m", *(("pytest", *_shared(rest)) if verb == "test" else ("tests.bench", *rest)))
    # The product keeps the current folder, so that paths given to it mean what they say, but no code is taken
    # from there (-P).
    os.environ["PYTHONPATH"] = str(HOUSE)
    os.environ.setdefault("RASOAT_DATA", str(HOUSE / "var"))
    become("-P", "-m", "web", verb, *rest)


def _shared(arguments: list[str]) -> list[str]:
    """Share the tests among the cores, a file to each, unless the caller says how or wants to debug."""
    if any(one.startswith(("-n", "--numprocesses", "--dist", "--pdb", "--trace")) for one in arguments):
        return arguments
    # One more than there are cores: a quarter of the time a test waits for a browser or a server.
    workers = str((os.cpu_count() or 1) + 1)
    # As collected: what takes longest, the pages in a browser, begins first, and no long file is left for the end.
    return ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", *arguments]


def install(*, with_tests: bool) -> None:
    """Make `.venv` hold what the lock file names; the tests' lock holds the product's too."""
    lock, test_lock = HOUSE / "requirements.lock", HOUSE / "requirements-test.lock"
    enough = {_mark(test_lock)} if with_tests else {_mark(lock), _mark(test_lock)}
    if _installed() in enough:
        return
    wanted = test_lock if with_tests else lock
    with only_one_at_a_time():
        found = _installed()
        if found in enough:
            return
        STAMP.unlink(missing_ok=True)
        # What a completed installation by the same Python left behind is brought up to date in place.
        if found is None or found.split()[1] != _version():
            _make_venv()
        _install_locked(wanted)
        STAMP.write_text(_mark(wanted))


def _install_locked(lock: Path) -> None:
    say(f"Installing {lock.name} into .venv; this happens once and takes about a minute.")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*pip, "--require-hashes", "--requirement", str(lock)], cwd=HOUSE, check=False)
    if done.returncode != 0:
        sys.exit("The packages could not be installed; the lines above say why. The next start tries again.")


def _version() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _mark(lock: Path) -> str:
    # The version belongs to it: an environment made by another Python does not fit.
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {_version()}"


def _installed() -> str | None:
    return STAMP.read_text() if STAMP.exists() and PYTHON.exists() else None


def _make_venv() -> None:
    try:
        import ensurepip  # noqa: F401  only to ask whether it is there
        import venv
    except ImportError:
        sys.exit(
            "This Python cannot make virtual environments: its part `venv` is missing. "
            f"On Debian and Ubuntu: apt-get install python{_version()}-venv (or python3-venv)."
        )
    venv.EnvBuilder(with_pip=True, clear=VENV.exists(), symlinks=sys.platform != "win32").create(VENV)


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the lock of this checkout; a second process waits. It ends with the process that holds it."""
    with (HOUSE / ".venv.lock").open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def become(*command: str) -> NoReturn:
    """Replace this process by the environment's Python, so that signals and exit codes are its own."""
    os.environ["PYTHONUTF8"] = "1"
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(subprocess.run([str(PYTHON), *command], check=False).returncode)
    os.execv(PYTHON, [str(PYTHON), *command])


def say(line: str) -> None:
    """Tell the person at the terminal; standard output belongs to the product."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
