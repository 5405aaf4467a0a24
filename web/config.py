"""Settings of one process. The only reader of environment variables; every setting has a default that runs."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from workflows.notify.channels.email import MailSettings

PREFIX = "RASOAT_"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
# Every setting there is.
NAMES = (
    *("DATA", "DATABASE", "SCHEMA", "SECRET_KEY", "URL", "TRUSTED_PROXIES", "DEMO", "DEMO_MAILS"),
    *("SMTP_HOST", "SMTP_PORT", "SMTP_SECURITY", "SMTP_USER", "SMTP_PASSWORD", "MAIL_FROM"),
    *("IDLE_MINUTES", "SESSION_HOURS", "LOGIN_FAILURES", "LOCK_MINUTES", "LOGINS_PER_MINUTE"),
    *("ARGON2_TIME", "ARGON2_MEMORY_KIB", "UPLOAD_MB", "THREADS", "EVENT_TOKEN"),
)
HIGHEST_PORT = 65_535
# 128 bits in hexadecimal digits.
SHORTEST_KEY = 32


class BadSetting(ValueError):
    """An environment variable has a value that cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a deployment may choose; `docs/operation.md` lists the variables."""

    data_folder: Path = Path("var")
    database_url: str = ""
    # One department is one schema (PostgreSQL only).
    schema: str | None = None
    secret_key: str = ""
    # As people type it; stands in mails, and says whether cookies travel by https only.
    base_url: str = "http://localhost:8000"
    # How many proxies in front of us may be believed about the address of the visitor.
    trusted_proxies: int = 0
    # Put invented data into an empty store at the start; None: only into the SQLite file of the data folder.
    demo: bool | None = None
    idle_minutes: int = 30
    absolute_hours: int = 12
    failures_before_lock: int = 5
    lock_minutes: int = 15
    # One address may be a whole school behind its router.
    logins_per_minute: int = 60
    argon2_time_cost: int = 2
    argon2_memory_kib: int = 19_456
    upload_megabytes: int = 10
    threads: int = 8
    # What other programs show to send messages and signals; empty: there is no door for them.
    event_token: str = ""
    # None: no mail leaves the house.
    mail: MailSettings | None = None
    # A demonstration's people have invented addresses, which may be somebody's.
    demo_mails: bool = False

    @property
    def https(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"

    @property
    def database(self) -> str:
        """The address of the database: SQLite in the data folder unless told otherwise."""
        return self.database_url or f"sqlite:///{self.data_folder / 'rasoat.db'}"

    @property
    def wants_demonstration(self) -> bool:
        """Whether an empty store gets invented data."""
        return not self.database_url if self.demo is None else self.demo

    @property
    def attachments_folder(self) -> Path:
        return self.data_folder / "attachments"


def config_from_environment(environment: Mapping[str, str] | None = None) -> Config:
    """Read the settings; refuses what cannot be meant with BadSetting that names the variable."""
    read = _Reader(os.environ if environment is None else environment)
    read.refuse_unknown()
    data_folder = Path(read.text("DATA", "var")).absolute()
    _require_schema_fits(read)
    _make_folder(data_folder)
    return Config(
        data_folder=data_folder,
        database_url=read.text("DATABASE"),
        schema=read.text("SCHEMA") or None,
        secret_key=_secret(read.text("SECRET_KEY"), data_folder),
        base_url=_base_url(read.text("URL", "http://localhost:8000")),
        trusted_proxies=read.number("TRUSTED_PROXIES", 0),
        demo=read.flag("DEMO"),
        idle_minutes=read.number("IDLE_MINUTES", 30, least=1),
        absolute_hours=read.number("SESSION_HOURS", 12, least=1),
        failures_before_lock=read.number("LOGIN_FAILURES", 5, least=1),
        lock_minutes=read.number("LOCK_MINUTES", 15, least=1),
        logins_per_minute=read.number("LOGINS_PER_MINUTE", 60, least=1),
        argon2_time_cost=read.number("ARGON2_TIME", 2, least=1),
        argon2_memory_kib=read.number("ARGON2_MEMORY_KIB", 19_456, least=8),
        upload_megabytes=read.number("UPLOAD_MB", 10, least=1),
        threads=read.number("THREADS", 8, least=1),
        event_token=_event_token(read),
        mail=_mail(read),
        demo_mails=bool(read.flag("DEMO_MAILS")),
    )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def refuse_unknown(self) -> None:
        """Refuse names that no setting has: whoever mistyped one would believe that it holds."""
        for given in sorted(self._environment):
            if given.startswith(PREFIX) and given.removeprefix(PREFIX) not in NAMES:
                near = get_close_matches(given.removeprefix(PREFIX), NAMES, n=1, cutoff=0)[0]
                raise BadSetting(f"{given} is no setting; did you mean {PREFIX}{near}?")

    def text(self, name: str, default: str = "") -> str:
        return self._environment.get(PREFIX + name, "").strip() or default

    def number(self, name: str, default: int, least: int = 0, most: int | None = None) -> int:
        given = self.text(name)
        if not given:
            return default
        if not given.isdecimal() or int(given) < least or (most is not None and int(given) > most):
            bounds = f"from {least} on" if most is None else f"from {least} to {most}"
            raise BadSetting(f"{PREFIX}{name} must be a whole number {bounds}, not {given!r}")
        return int(given)

    def flag(self, name: str) -> bool | None:
        given = self.text(name).lower()
        if not given:
            return None
        if given in TRUE_WORDS or given in FALSE_WORDS:
            return given in TRUE_WORDS
        raise BadSetting(f"{PREFIX}{name} must be 1 or 0 (or true, yes, on; false, no, off), not {given!r}")

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        given = self.text(name, choices[0]).lower()
        if given not in choices:
            raise BadSetting(f"{PREFIX}{name} must be one of {', '.join(choices)}, not {given!r}")
        return given


def _event_token(read: _Reader) -> str:
    token = read.text("EVENT_TOKEN")
    if token and len(token) < SHORTEST_KEY:
        raise BadSetting(f"{PREFIX}EVENT_TOKEN must have at least {SHORTEST_KEY} characters")
    return token


def _mail(read: _Reader) -> MailSettings | None:
    host, user = read.text("SMTP_HOST"), read.text("SMTP_USER")
    # Read without a host too: what cannot be meant is said before somebody adds one.
    port = read.number("SMTP_PORT", 587, least=1, most=HIGHEST_PORT)
    security = read.one_of("SMTP_SECURITY", ("starttls", "tls", "none"))
    if not host:
        return None
    sender = read.text("MAIL_FROM", user)
    if not sender:
        raise BadSetting(f"{PREFIX}MAIL_FROM must say who mails come from")
    return MailSettings(
        host=host,
        port=port,
        user=user,
        password=read.text("SMTP_PASSWORD"),
        security=security,
        sender=sender,
    )


def _require_schema_fits(read: _Reader) -> None:
    if read.text("SCHEMA") and read.text("DATABASE", "sqlite:").startswith("sqlite"):
        raise BadSetting(
            f"{PREFIX}SCHEMA is for PostgreSQL only: a SQLite file holds one department. Leave it out, or set "
            f"{PREFIX}DATABASE to a postgresql:// address"
        )


def _base_url(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting(f"{PREFIX}URL must be an address such as https://rasoat.example, not {given!r}")
    return given.rstrip("/")


def _make_folder(data_folder: Path) -> None:
    try:
        data_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"{PREFIX}DATA: The folder {data_folder} cannot be made: {error.strerror}"
        ) from error


def _secret(given: str, data_folder: Path) -> str:
    """Give the key that signs sessions: the given one, or the one that is kept beside the data."""
    if given:
        if len(given) < SHORTEST_KEY:
            raise BadSetting(f"{PREFIX}SECRET_KEY must have at least {SHORTEST_KEY} characters")
        return given
    place = data_folder / "secret_key"
    try:
        if not place.exists():
            _make_secret(place)
        kept = place.read_text().strip()
    except OSError as error:
        raise BadSetting(f"{PREFIX}DATA: {error.filename}: {error.strerror}") from error
    if len(kept) < SHORTEST_KEY:
        raise BadSetting(
            f"The key in {place} is too short; remove the file, and the next start makes another"
        )
    return kept


def _make_secret(place: Path) -> None:
    """Keep a key readable by its owner only; of several processes that start at once one makes it."""
    beside = place.with_name(f"{place.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
            file.write(secrets.token_hex(32))
        try:
            # Unlike writing in place, this shows others the whole key or none.
            place.hardlink_to(beside)
        except FileExistsError:
            pass
        except OSError:
            # A file system without links.
            beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
