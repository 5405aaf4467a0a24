"""Mail by SMTP: the only module that speaks to a mail server.

A letter is handed over at most once. Where the connection breaks after the text was sent and before the
server answered, nobody can know whether it took it, so that failure is final.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from workflows.notify.channels.letter import Deliver, Letter, NotDelivered

# A server on the same continent answers in milliseconds; a busy one is not worth holding a worker longer.
ANSWER_SECONDS = 20
# After the text the server may look for viruses and spam before it answers.
VERDICT_SECONDS = 120
ACCEPTED = 250
SEND_TEXT = 354
NOT_AVAILABLE = 421
FINAL = 500
UNKNOWN_END = (
    "The connection broke while the server took the mail; it may have arrived, so it is not repeated"
)
# More is refused by the servers of this world, or is no address.
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,190}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server, and who mails come from (an address, or a name with the address in angle brackets)."""

    host: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    # "starttls", "tls" or "none".
    security: str = "starttls"
    sender: str


class _MailPolicy(EmailPolicy):
    """Lines as mail servers take them; `email` loses the space between two words of a long subject with marks."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name != "Subject":
            return super().fold_binary(name, value)
        charset = None if value.isascii() else "utf-8"
        folded = Header(value, charset, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


_MAIL = _MailPolicy(linesep="\r\n")


class EmailChannel:
    """Letters as mails of plain text."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    @contextmanager
    def open(self) -> Iterator[Deliver]:
        """Keep one connection for all letters of the block, made when the first one comes."""
        line = _Line(self._settings)
        try:
            yield line.deliver
        finally:
            line.hang_up()


class _Line:
    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None

    def deliver(self, letter: Letter) -> None:
        message = message_of(letter, self._settings.sender)
        server = self._server or self._connect()
        try:
            _hand_over(server, parseaddr(self._settings.sender)[1], letter.to, message.as_bytes())
        except NotDelivered:
            self.hang_up()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.hang_up()
            raise NotDelivered(_note(error), unreachable=True) from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        try:
            server = _dial(settings)
            self._server = server
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.user:
                server.login(settings.user, settings.password)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            # ValueError: a password or host name that `smtplib` cannot write in ASCII.
            self.hang_up()
            raise NotDelivered(_note(error), unreachable=True) from error
        return server

    def hang_up(self) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            # The line is dead already, and every letter has its answer.
            server.close()


def _dial(settings: MailSettings) -> smtplib.SMTP:
    if settings.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=ANSWER_SECONDS, context=context)
    return smtplib.SMTP(settings.host, settings.port, timeout=ANSWER_SECONDS)


def _hand_over(server: smtplib.SMTP, sender: str, to: str, text: bytes) -> None:
    """Speak the transaction step by step: a failure means different things before and after the text."""
    server.ehlo_or_helo_if_needed()
    _expect(ACCEPTED, server.mail(sender))
    _expect(ACCEPTED, server.rcpt(to))
    _expect(SEND_TEXT, server.docmd("DATA"))
    try:
        # A line that begins with a dot would end the text.
        server.send(re.sub(rb"(?m)^\.", b"..", text) + b".\r\n")
        if server.sock is not None:
            server.sock.settimeout(VERDICT_SECONDS)
        answer = server.getreply()
        if server.sock is not None:
            server.sock.settimeout(ANSWER_SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered(f"{UNKNOWN_END} ({_note(error)})", final=True) from error
    _expect(ACCEPTED, answer)


def _expect(wanted: int, answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code != wanted:
        note = f"{code} {text.decode(errors='replace')}"
        raise NotDelivered(note, final=code >= FINAL, unreachable=code == NOT_AVAILABLE)


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """Write a letter as a mail; refuses an address that is none with NotDelivered."""
    name, address = parseaddr(sender)
    if not ADDRESS.fullmatch(letter.to) or not letter.to.isascii():
        raise NotDelivered("Not a mail address", final=True)
    message = EmailMessage(policy=_MAIL)
    message["Message-ID"] = f"<{letter.key}@{address.rpartition('@')[2] or 'localhost'}>"
    message["Date"] = format_datetime(letter.written_at)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = letter.to
    message["Subject"] = letter.subject
    # No "out of office" answers, please.
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.locale
    message.set_content(letter.body, charset="utf-8", cte="quoted-printable")
    return message


def _note(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return f"{type(error).__name__}: {error}"
