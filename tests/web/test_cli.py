"""The command line: the first administrator, serving and stopping in order, settings that cannot be meant."""

import io
import os
import pty
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import pytest
from sqlalchemy import select

from models.catalogue import FieldDefinition
from models.database import UnfitStore, make_engine, make_sessions, upgrade
from models.person import Account
from web.catalogue import HOUSE
from web.cli import main
from web.config import NAMES, PREFIX, BadSetting, Config, config_from_environment
from web.server import prepare
from workflows.passwords import Passwords
from workflows.queries.procedures import published_keys

PATIENCE = 120


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RASOAT_")}
    return {**kept, "RASOAT_DATA": str(folder), "PYTHONPATH": str(HOUSE), "RASOAT_ARGON2_TIME": "1"}


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "web", *arguments]
    return subprocess.run(
        command,
        env=environment(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


INIT = ("init", "--unit", "Sở GDĐT Mẫu", "--name", "Trần Văn Quản Trị", "--login", "quantri")


def test_first_administrator_is_made_once_and_the_server_answers(tmp_path: Path) -> None:
    made = run(tmp_path, *INIT)
    assert made.returncode == 0, made.stderr
    assert "quantri can log in." in made.stdout
    start_password = made.stdout.split()[-1]
    again = run(tmp_path, *INIT)
    assert again.returncode == 1
    assert "There are people in this store already" in again.stderr
    database = make_engine(f"sqlite:///{tmp_path / 'rasoat.db'}")
    with make_sessions(database, read_only=True)() as session:
        assert "school_review" in published_keys(session)
        account = session.scalars(select(Account)).one()
        assert Passwords().match(account.password_hash, start_password)
        assert account.start_password_ends_at is not None
        kinds = session.scalars(select(FieldDefinition.kind).distinct().order_by(FieldDefinition.kind)).all()
        assert kinds == ["pupil", "staff"], "a review has something to look at from the first day"
    database.dispose()

    command = [sys.executable, "-P", "-m", "web", "serve", "--port", "0"]
    with subprocess.Popen(
        command,
        env=environment(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = re.fullmatch(r"Rasoat listens on (http://127\.0\.0\.1:\d+/)\n", server.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(f"{address[1]}login") as page:
            text = page.read().decode()
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    assert "Đăng nhập" in text
    assert "mau-thu-vi-du" not in text


@dataclass(frozen=True)
class Refused:
    """How a command ended that could not be done."""

    code: int
    said: str


@pytest.fixture
def refuse(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Refused]:
    """Give a function that runs a command in this process: a new one takes seconds and would say the same."""

    def run_here(*arguments: str, **settings: str) -> Refused:
        for name in [name for name in os.environ if name.startswith("RASOAT_")]:
            monkeypatch.delenv(name)
        for name, value in {"RASOAT_DATA": str(tmp_path), "RASOAT_ARGON2_TIME": "1", **settings}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["rasoat", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr().err
        # What is no number is what Python prints as it ends.
        text = ended.value.code if isinstance(ended.value.code, str) else ""
        return Refused(1 if text else int(ended.value.code or 0), printed + text)

    return run_here


@pytest.mark.system_clock
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--login", "quản trị"], "--login: A login name has 3 to 80 signs"),
        (["--password", "abc"], "--password: A password has at least 10 characters."),
        (["--password", "quantri-quantri"], "--password: This password is easy to guess."),
        (["--unit", " "], "--unit: This must be filled in."),
        (["--name", "Ơ" * 121], "--name: This is too long: at most 120 characters."),
    ],
    ids=lambda one: one[0] if isinstance(one, list) else None,
)
def test_first_administrator_keeps_the_rules_of_all_accounts(
    tmp_path: Path, refuse: Callable[..., Refused], options: list[str], said: str
) -> None:
    refused = refuse(*INIT, *options)

    assert refused.code == 1
    assert refused.said.startswith(said)
    assert len(refused.said.splitlines()) == 1
    assert not (tmp_path / "rasoat.db").exists()


def test_password_is_asked_for_twice_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "web", *INIT],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as asking:
        os.close(theirs)
        assert asking.stderr is not None
        for _ in range(2):
            # What is typed before the question is thrown away.
            question = ""
            while not question.endswith(": "):
                question += asking.stderr.read(1) or ": "
            os.write(ours, "bốn từ của tôi\n".encode())
        said, _ = asking.communicate(timeout=PATIENCE)
    os.close(ours)

    assert asking.returncode == 0
    assert "quantri can log in." in said
    assert "Start password" not in said


@pytest.mark.system_clock
def test_key_that_is_too_long_is_said_as_at_the_door(refuse: Callable[..., Refused]) -> None:
    refuse("publish")

    refused = refuse("send", "message", "answer", "--key", "k" * 65)

    assert refused.said == "A key (Idempotency-Key, --key) has at most 64 signs."


def test_question_without_an_answer_ends_with_a_sentence(refuse: Callable[..., Refused]) -> None:
    asked = refuse("init")

    assert asked.code == 1
    assert "Aborted" not in asked.said
    assert "can be given as an option" in asked.said


@pytest.mark.system_clock
@pytest.mark.parametrize(
    ("verb", "settings", "said"),
    [
        ("worker", {"RASOAT_IDLE_MINUTES": "soon"}, "RASOAT_IDLE_MINUTES must be a whole number"),
        (
            "worker",
            {"RASOAT_DATABASE": "mysql://x/y"},
            "RASOAT_DATABASE: Neither SQLite nor PostgreSQL: mysql",
        ),
        ("worker", {"RASOAT_DATABASE": "a secret"}, "RASOAT_DATABASE: This is not the address of a database"),
        ("publish", {"RASOAT_DATABASE": "postgresql://x@127.0.0.1:1/y"}, "The database cannot be used: "),
        ("worker", {"RASOAT_SCHEMA": "so_mau"}, "RASOAT_SCHEMA is for PostgreSQL only"),
        ("worker", {"RASOAT_DATABASE": "sqlite:////nowhere/x.db"}, "The folder /nowhere does not exist"),
        ("worker", {"RASOAT_DATA": "/proc/nope"}, "RASOAT_DATA: The folder /proc/nope cannot be made"),
        ("worker", {"RASOAT_DATABSE": "x"}, "RASOAT_DATABSE is no setting; did you mean RASOAT_DATABASE?"),
        ("worker", {"RASOAT_DATABASE": f"sqlite:///{__file__}/x.db"}, "RASOAT_DATABASE: The folder "),
        ("worker", {"RASOAT_DATABASE": "sqlite:///text.db"}, "file is not a database"),
        ("worker", {"RASOAT_DATA": __file__}, f"RASOAT_DATA: The folder {__file__} cannot be made"),
        ("serve", {}, "Cannot listen on 127.0.0.1 port "),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path, refuse: Callable[..., Refused], verb: str, settings: Mapping[str, str], said: str
) -> None:
    (tmp_path / "text.db").write_text("not a database")
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = ["--port", str(taken.getsockname()[1])] if verb == "serve" else []
        done = refuse(verb, *port, **settings)

    assert done.code == 1
    assert said in done.said
    assert len(done.said.splitlines()) == 1
    assert "a secret" not in done.said


def test_a_command_that_cannot_be_done_ends_its_process_with_one_line(tmp_path: Path) -> None:
    refused = run(tmp_path, *INIT, "--password", "abc")

    assert refused.returncode == 1
    assert refused.stderr == "--password: A password has at least 10 characters.\n"
    assert refused.stdout == ""


def test_a_worker_begins_when_somebody_is_in_the_store(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "web", "worker"]
    worker = subprocess.Popen(
        command, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout is not None
        assert "the worker begins when somebody is" in worker.stdout.readline()
        assert run(tmp_path, *INIT).returncode == 0
        assert worker.stdout.readline() == "The worker runs.\n"
    finally:
        worker.terminate()
        worker.communicate(timeout=PATIENCE)


@pytest.mark.system_clock
def test_empty_store_says_what_to_run(tmp_path: Path) -> None:
    said: list[str] = []

    prepare(Config(data_folder=tmp_path, secret_key="only for tests", demo=False), said.append)

    assert ["run.py init" in line for line in said] == [True]


def test_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    database = make_engine(f"sqlite:///{tmp_path / 'rasoat.db'}")
    upgrade(database)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(UnfitStore, match="9999"):
        upgrade(database)

    database.dispose()


@pytest.mark.parametrize(
    "settings",
    [
        {"RASOAT_IDLE_MINUTES": "0"},
        {"RASOAT_UPLOAD_MB": "-1"},
        {"RASOAT_DEMO": "perhaps"},
        {"RASOAT_SECRET_KEY": "short"},
        {"RASOAT_URL": "rasoat.example"},
        {"RASOAT_SMTP_PORT": "abc"},
        {"RASOAT_SMTP_PORT": "65536"},
        {"RASOAT_SMTP_SECURITY": "nonsense"},
        {"RASOAT_DEMOS": "1"},
        {"RASOAT_SMTP_HOST": "mail.example"},
        {
            "RASOAT_SMTP_HOST": "mail.example",
            "RASOAT_MAIL_FROM": "a@b.example",
            "RASOAT_SMTP_SECURITY": "ssl",
        },
    ],
    ids=str,
)
def test_bad_settings_are_refused(settings: Mapping[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="RASOAT_"):
        config_from_environment({"RASOAT_DATA": str(tmp_path), **settings})


def test_every_setting_that_operation_names_can_be_set(tmp_path: Path) -> None:
    told = (HOUSE / "docs" / "operation.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\|([^|]*`RASOAT_[^|]*)\|", told, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(rf"`{PREFIX}(\w+)`", cell)}

    assert named == set(NAMES)
    assert config_from_environment({"RASOAT_DATA": str(tmp_path), "RASOAT_DEMO_MAILS": "1"}).demo_mails


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = config_from_environment({"RASOAT_DATA": str(tmp_path)})
    second = config_from_environment({"RASOAT_DATA": str(tmp_path)})

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_key_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("")

    with pytest.raises(BadSetting, match="secret_key is too short"):
        config_from_environment({"RASOAT_DATA": str(tmp_path)})


def test_demonstration_belongs_into_the_file_of_the_data_folder_only(tmp_path: Path) -> None:
    data = {"RASOAT_DATA": str(tmp_path)}

    assert config_from_environment(data).wants_demonstration
    assert not config_from_environment({**data, "RASOAT_DEMO": "0"}).wants_demonstration
    assert not config_from_environment({**data, "RASOAT_DATABASE": "postgresql:///x"}).wants_demonstration
