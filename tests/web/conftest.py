"""The application on a store of its own, a small cast, and clients that are signed in."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from models.person import Account, Appointment, Person, Position
from tests.conftest import Store
from web.app import create_app
from web.composition import KEY, Composition, composition, source_of_versions
from web.config import Config
from web.security import limiter
from workflows.clock import FixedClock
from workflows.engine import ProcessEngine
from workflows.policy.person_names import fold, sort_key
from workflows.unit_of_work import UnitOfWork, begin_work

PASSWORD = "mật khẩu của tôi"
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Cast:
    """Units and people by short names: the ids tests need."""

    department: int
    district: int
    school: int
    persons: dict[str, int]


class Applications:
    """Gives applications that tests before may have used, with a clock and an engine of their own.

    To make one takes longer than most tests: its routes, templates and statements are compiled at their first use.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[Config, Any], Flask] = {}

    def give(self, config: Config, clock: FixedClock, add: Callable[[Flask], None] | None = None) -> Flask:
        """Give an application with these settings, whose store is no demonstration; `add` adds routes to a new one."""
        app = self._made.get((config, add))
        if app is None:
            app = self._made[config, add] = create_app(config, clock=clock, system_clock=clock)
            app.testing = True
            if add is not None:
                add(app)
        parts = composition(app)
        engine = ProcessEngine(source_of_versions(parts.read_sessions))
        app.extensions[KEY] = replace(parts, clock=clock, system_clock=clock, engine=engine)
        limiter.reset()
        return app


@pytest.fixture(scope="session")
def applications() -> Applications:
    """Give what gives applications."""
    return Applications()


@pytest.fixture
def config(sqlite_store: Store) -> Config:
    """Give settings with the cheapest passwords."""
    file = sqlite_store.url.database
    return Config(
        data_folder=Path(str(file)).parent,
        database_url=sqlite_store.url.render_as_string(),
        secret_key="only for tests",
        argon2_time_cost=1,
        argon2_memory_kib=8,
    )


@pytest.fixture
def app(applications: Applications, config: Config, clock: FixedClock) -> Iterator[Flask]:
    """Give the application at 08:00 on Monday, 5 June 2023."""
    given = applications.give(config, clock)
    yield given
    composition(given).database.dispose()


@pytest.fixture
def parts(app: Flask) -> Composition:
    """Give the application's parts."""
    return composition(app)


@pytest.fixture
def work(parts: Composition) -> Callable[[], AbstractContextManager[UnitOfWork]]:
    """Give a function that begins a unit of work."""
    return lambda: begin_work(parts.sessions, parts.engine, parts.clock)


@pytest.fixture
def cast(parts: Composition, work: Callable[[], AbstractContextManager[UnitOfWork]]) -> Cast:
    """Store a department, a district office and a school with their people."""
    with work() as unit_of_work:
        session = unit_of_work.session
        units = [
            _unit(UnitKind.DEPARTMENT, "so_mau", "Sở GDĐT Mẫu", "Phòng CNTT 028 0000 0000"),
            _unit(UnitKind.DISTRICT_OFFICE, "quan_mau", "Phòng GD&ĐT Quận Mẫu", "Cô Trực, máy lẻ 12"),
            _unit(UnitKind.SCHOOL, "thcs_mau", "Trường THCS Mẫu", "Văn phòng trường"),
        ]
        units[2].levels = frozenset({SchoolLevel.THCS})
        session.add_all(units)
        session.flush()
        for below, above in ((1, 0), (2, 1)):
            session.add(
                ReportingLine(unit_id=units[below].id, superior_id=units[above].id, from_on=date(2020, 1, 1))
            )
        persons = {
            login: _person(session, parts, login, name, honorific, units[place].id, position)
            for login, name, honorific, place, position in (
                ("admin", "Trần Văn Quản Trị", "Thầy", 0, Position.ADMINISTRATOR),
                ("admin2", "Võ Thị Quản Trị", "Cô", 0, Position.ADMINISTRATOR),
                ("office", "Phạm Thị Văn Phòng", "Cô", 1, Position.OFFICER),
                ("head", "Lê Thị Mẫu", "Cô", 2, Position.HEAD),
                ("school_admin", "Ngô Văn Máy", "Thầy", 2, Position.ADMINISTRATOR),
                ("teacher", "Nguyễn Văn Ví Dụ", "Thầy", 2, Position.TEACHER),
            )
        }
        ids = [unit.id for unit in units]
    return Cast(*ids, persons=persons)


def _unit(kind: UnitKind, code: str, name: str, contact: str) -> OrganisationUnit:
    return OrganisationUnit(
        kind=kind, code=code, name=name, short_name=name.removeprefix("Trường "), contact=contact
    )


def _person(
    session: Any, parts: Composition, login: str, name: str, honorific: str, unit_id: int, position: Position
) -> int:
    person = Person(full_name=name, honorific=honorific, sort_key=sort_key(name), search_text=fold(name))
    session.add(person)
    session.flush()
    session.add(Account(person_id=person.id, login=login, password_hash=parts.passwords.hash(PASSWORD)))
    session.add(
        Appointment(person_id=person.id, unit_id=unit_id, position=position, from_on=date(2020, 1, 1))
    )
    return person.id


class Client(FlaskClient):
    """A browser that knows where the token stands."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._tokens: dict[str, str] = {}

    def token(self) -> str:
        """Give the token of this session, for which one page is asked."""
        if (session := self._session_secret()) not in self._tokens:
            match = TOKEN.search(self.get("/login", follow_redirects=True).text)
            assert match is not None
            session = self._session_secret()
            self._tokens[session] = match[1]
        return self._tokens[session]

    def _session_secret(self) -> str:
        cookie = self.get_cookie(self.application.config["SESSION_COOKIE_NAME"])
        reader = SecureCookieSessionInterface().get_signing_serializer(self.application)
        assert reader is not None
        return str(reader.loads(cookie.value).get("csrf_token")) if cookie else ""

    def send(self, address: str, headers: dict[str, str] | None = None, **form: Any) -> TestResponse:
        """Post a form with its token."""
        values = {"csrf_token": self.token(), **form}
        if not any(isinstance(value, FileStorage) for value in form.values()):
            return self.post(address, data=values, headers=headers)
        # The client's own encoder leaves the temporary file of a large body open.
        boundary, body = encode_multipart(values)
        kind = f"multipart/form-data; boundary={boundary}"
        return self.post(address, data=body, content_type=kind, headers=headers)


@pytest.fixture
def client(app: Flask, cast: Cast) -> Client:
    """Give a visitor's client."""
    app.test_client_class = Client
    made = app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture
def client_of(app: Flask, cast: Cast) -> Callable[[str], Client]:
    """Give a function that logs somebody in: `client_of("admin")`."""
    app.test_client_class = Client

    def log_in(login: str) -> Client:
        made = app.test_client()
        assert isinstance(made, Client)
        answer = made.send("/login", login=login, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return made

    return log_in
