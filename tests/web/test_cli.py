"""The command line: the first administrator, serving and stopping in order, settings that cannot be meant."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from models.database import make_engine, make_sessions
from web.catalogue import HOUSE
from web.config import BadSetting, config_from_environment
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
    assert "quantri can log in. Password: " in made.stdout
    again = run(tmp_path, *INIT)
    assert again.returncode == 1
    assert "There are people in this store already" in again.stderr
    database = make_engine(f"sqlite:///{tmp_path / 'rasoat.db'}")
    with make_sessions(database, read_only=True)() as session:
        assert "school_review" in published_keys(session)
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


def test_setting_that_cannot_be_meant_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "web", "worker"],
        env={**environment(tmp_path), "RASOAT_IDLE_MINUTES": "soon"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 1
    assert "RASOAT_IDLE_MINUTES" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "settings",
    [
        {"RASOAT_IDLE_MINUTES": "0"},
        {"RASOAT_UPLOAD_MB": "-1"},
        {"RASOAT_DEMO": "perhaps"},
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


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = config_from_environment({"RASOAT_DATA": str(tmp_path)})
    second = config_from_environment({"RASOAT_DATA": str(tmp_path)})

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_demonstration_belongs_into_the_file_of_the_data_folder_only(tmp_path: Path) -> None:
    data = {"RASOAT_DATA": str(tmp_path)}

    assert config_from_environment(data).wants_demonstration
    assert not config_from_environment({**data, "RASOAT_DEMO": "0"}).wants_demonstration
    assert not config_from_environment({**data, "RASOAT_DATABASE": "postgresql:///x"}).wants_demonstration
