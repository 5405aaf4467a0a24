"""The house itself: style, types, the lock files, and `run.py`."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import run
from web.cli import rasoat

HOUSE = Path(__file__).resolve().parent.parent


def _tool(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint() -> None:
    _tool("ruff", "check", "--quiet", "--output-format", "concise", ".")


def test_format() -> None:
    _tool("ruff", "format", "--check", "--quiet", ".")


def test_types() -> None:
    _tool("mypy", "--no-error-summary")


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]], ids=str)
def test_help_lists_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run.main(arguments)

    said = capsys.readouterr().out
    assert {name for name in (*rasoat.commands, "test", "bench") if f"run.py {name} " not in said} == set()


def test_lock_files_pin_every_requirement_by_hash() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for lock, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-test.lock", project["dependencies"] + project["optional-dependencies"]["test"]),
    ):
        entries = (HOUSE / lock).read_text(encoding="utf-8").replace("\\\n", "").splitlines()
        pinned = {entry.split()[0] for entry in entries}

        assert {_without_extras(line.split(";")[0]) for line in wanted} <= set(map(_without_extras, pinned))
        assert all("--hash=sha256:" in entry for entry in entries)


def _without_extras(requirement: str) -> str:
    return re.sub(r"\[.*\]", "", requirement)


def test_tests_install_everything_the_product_does() -> None:
    def pins(name: str) -> set[str]:
        lines = (HOUSE / name).read_text(encoding="utf-8").splitlines()
        return {line.split()[0] for line in lines if "==" in line}

    assert pins("requirements.lock") <= pins("requirements-test.lock")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a checkout with small locks whose environment is already made."""
    for name in ("requirements.lock", "requirements-test.lock"):
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    monkeypatch.setattr(run, "HOUSE", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "STAMP", tmp_path / ".venv" / "installed.sha256")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return tmp_path


@pytest.fixture
def installed(house: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record what would be made and installed."""
    acts: list[str] = []

    def make() -> None:
        acts.append("make")
        run.PYTHON.parent.mkdir(parents=True, exist_ok=True)
        run.PYTHON.touch()

    monkeypatch.setattr(run, "_make_venv", make)
    monkeypatch.setattr(run, "_install_locked", lambda lock: acts.append(lock.name))
    return acts


def test_second_start_installs_nothing(installed: list[str]) -> None:
    run.install(with_tests=False)
    run.install(with_tests=False)

    assert installed == ["make", "requirements.lock"]


def test_tests_add_to_the_environment_of_the_product(installed: list[str]) -> None:
    run.install(with_tests=False)
    run.install(with_tests=True)
    run.install(with_tests=False)

    assert installed == ["make", "requirements.lock", "requirements-test.lock"]


def test_changed_lock_is_installed(house: Path, installed: list[str]) -> None:
    run.install(with_tests=False)
    (house / "requirements.lock").write_text("# newer\n", encoding="utf-8")

    run.install(with_tests=False)

    assert installed == ["make", "requirements.lock", "requirements.lock"]


def test_interrupted_installation_starts_afresh(
    house: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(lock: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "_install_locked", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.install(with_tests=False)
    run.install(with_tests=False)

    assert installed == ["make", "make", "requirements.lock"]


def test_run_without_a_verb_explains_itself() -> None:
    done = subprocess.run(
        [sys.executable, str(HOUSE / "run.py")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    assert "serve" in done.stdout


def test_run_keeps_the_callers_folder_and_passes_the_arguments(tmp_path: Path) -> None:
    """The product's own command line answers, although the caller's folder has a `web` of its own."""
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    for folder, text in ((checkout, "import os, sys; print(os.getcwd(), sys.argv[1:])"), (elsewhere, "1/0")):
        (folder / "web").mkdir(parents=True)
        (folder / "web" / "__main__.py").write_text(text, encoding="utf-8")
    for name in ("run.py", "requirements.lock", "requirements-test.lock"):
        shutil.copy(HOUSE / name, checkout)
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (checkout / ".venv" / "installed.sha256").write_text(
        run._mark(checkout / "requirements.lock"), encoding="utf-8"
    )

    done = subprocess.run(
        [sys.executable, str(checkout / "run.py"), "serve", "--port", "0"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == f"{elsewhere} ['serve', '--port', '0']", done.stderr


def test_every_setting_is_documented() -> None:
    source = (HOUSE / "web" / "config.py").read_text(encoding="utf-8")
    settings = {"RASOAT_" + name for name in re.findall(r"read\.\w+\(\"(\w+)\"", source)}

    documented = set(
        re.findall(r"`(RASOAT_\w+)`", (HOUSE / "docs" / "operation.md").read_text(encoding="utf-8"))
    )

    assert settings
    assert settings == documented


def test_links_between_documents_lead_somewhere() -> None:
    pages = [HOUSE / "README.md", HOUSE / "CHANGELOG.md", *(HOUSE / "docs").rglob("*.md")]
    dead = [
        f"{page.relative_to(HOUSE)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if not link.startswith("http") and not (page.parent / link).exists()
    ]

    assert dead == []


@pytest.mark.usefixtures("house")
def test_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(SystemExit, match=r"apt-get install python3\.\d+-venv"):
        run.install(with_tests=False)
