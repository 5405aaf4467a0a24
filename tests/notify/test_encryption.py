"""Mail over an encrypted line: with a certificate that holds, and with one that does not."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from models.notification import MailState, Message
from tests.notify.conftest import BASE_URL, PRINCIPAL, House, MailServer, free_port
from workflows.notify.channels.email import EmailChannel, MailSettings
from workflows.notify.delivery import deliver_due

pytestmark = [
    pytest.mark.smtp,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate"),
]
PASSWORD = "mat khau"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate of this host and its key, in one file."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj /CN=localhost"
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    both = tmp_path / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both


@pytest.fixture
def encrypted_server(certificate: Path) -> Iterator[MailServer]:
    """Run a mail server that wants STARTTLS and a login before it takes anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        known = (given.login, given.password) == (b"rasoat", PASSWORD.encode())
        return AuthResult(success=known, handled=False)

    server = MailServer(port=free_port())
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        tls_context=context,
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )
    controller.start()
    yield server
    controller.stop()


def send(house: House, server: MailServer, password: str = PASSWORD) -> None:
    house.tell(Message.TASK_OVERDUE, PRINCIPAL, task_id=house.open_task(-timedelta(hours=1)))
    settings = MailSettings(
        host="127.0.0.1", port=server.port, user="rasoat", password=password, sender="a@b.example"
    )
    deliver_due(house.begin, EmailChannel(settings), BASE_URL)


def test_a_mail_travels_encrypted_after_a_login(
    sqlite_house: House, encrypted_server: MailServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    send(sqlite_house, encrypted_server)

    assert [to for to, _ in encrypted_server.received] == ["mau@truong.example"]
    assert sqlite_house.notices()[0].mail_state is MailState.SENT


@pytest.mark.parametrize(("password", "note"), [("sai", "535 "), ("mật khẩu", "UnicodeEncodeError")])
def test_a_wrong_password_is_tried_again(
    sqlite_house: House,
    encrypted_server: MailServer,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    note: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    send(sqlite_house, encrypted_server, password)

    (notice,) = sqlite_house.notices()
    assert notice.mail_state is MailState.WAITING
    assert notice.mail_note.startswith(note)


def test_nothing_is_said_to_a_server_nobody_vouches_for(
    sqlite_house: House, encrypted_server: MailServer
) -> None:
    send(sqlite_house, encrypted_server)

    (notice,) = sqlite_house.notices()
    assert notice.mail_state is MailState.WAITING
    assert "certificate" in notice.mail_note
    assert encrypted_server.tried == []
