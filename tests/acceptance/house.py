"""The application with the standing cast in it: everybody has an account, the clock stands still until it is moved."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import func, select

from models.catalogue import FieldDefinition
from models.journal import JournalEntry
from models.person import Account
from models.school import Pupil, SchoolClass
from tests.acceptance.person import PASSWORD, Person, Sent
from tests.cast import PEOPLE, SCHOOL_YEAR, World, build_world
from tests.conftest import Store
from web.app import create_app
from web.composition import Composition, composition
from web.config import Config
from web.jobs import worker_of
from workflows.clock import FixedClock
from workflows.commands.running.terms import LOCAL_ZONE
from workflows.commands.work import records
from workflows.notify.channels.email import MailSettings
from workflows.passwords import Passwords
from workflows.policy.person_names import sort_key
from workflows.unit_of_work import UnitOfWork

CHEAP = {"argon2_time_cost": 1, "argon2_memory_kib": 8}
_FOLDER = TemporaryDirectory(prefix="rasoat-templates-")
COMPILED = FileSystemBytecodeCache(_FOLDER.name)
# Jobs that find something for one another need several beats.
BEATS = 10


@dataclass
class House:
    """One authority, its application, and the people who sit before their browsers."""

    world: World
    folder: Path
    mail: MailSettings | None = None
    trail: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._people: dict[str, Person] = {}
        store = self.world.store
        self.config = Config(
            data_folder=self.folder,
            database_url=store.url.render_as_string(hide_password=False),
            schema=store.schema,
            secret_key="only for tests",
            logins_per_minute=100_000,
            mail=self.mail,
            **CHEAP,
        )
        clock = self.world.clock
        self.app: Flask = create_app(self.config, clock=clock, system_clock=clock)
        self.app.testing = True
        # Each house has templates of its own; compiled once they serve all.
        self.app.jinja_env.bytecode_cache = COMPILED
        self.world.engine = self.parts.engine

        @self.app.before_request
        def tick() -> None:
            # No two acts fall into one instant, as with a real clock.
            clock.advance(milliseconds=10)

    def __getitem__(self, name: str) -> Person:
        """Give a member of the cast before an open browser, logged in."""
        if name not in self._people:
            self._people[name] = self.browser_of(name)
        return self._people[name]

    def browser_of(self, name: str) -> Person:
        """Let a member of the cast log in on one more computer."""
        person = Person(self.app, name, self.trail)
        page = person.log_in()
        assert page.status == 200, page
        return person

    @property
    def parts(self) -> Composition:
        """The parts of the application."""
        return composition(self.app)

    def at(self, local: str) -> Self:
        """Move the clock to a local instant; everybody logs in anew, as on another day."""
        self.world.clock.set(datetime.fromisoformat(local).replace(tzinfo=LOCAL_ZONE))
        self._people.clear()
        return self

    def run_worker(self) -> None:
        """Let the worker beat until nothing is due."""
        worker = worker_of(self.parts)
        for _ in range(BEATS):
            if not any(worker.run_once().values()):
                return

    def journal_length(self) -> int:
        """Count what has happened."""
        return self.world.read(lambda session: session.scalar(select(func.count(JournalEntry.id))) or 0)

    def close(self) -> None:
        """Close every connection."""
        self.parts.database.dispose()
        self.world.store.close()


def found_house(
    store: Store,
    clock: FixedClock,
    folder: Path,
    *,
    levels: str = "THCS",
    superior: str = "district",
    pupils: int = 3,
    classes: tuple[str, ...] = ("6A", "6B"),
    mail: MailSettings | None = None,
) -> House:
    """Build the authority with accounts, published procedures and clean records; no campaign is open yet."""
    world = build_world(store, clock, levels=levels, superior=superior, pupils=pupils)
    for name in classes:
        if name not in world.classes:
            _add_class(world, name, "deputy", pupils)
    clean_pupils(world)
    hashed = Passwords(time_cost=1, memory_kib=8).hash(PASSWORD)
    with store.make_session() as session:
        for name in PEOPLE:
            session.add(Account(person_id=world.people[name], login=name, password_hash=hashed))
        session.commit()
    world.publish_shipped()
    return House(world, folder, mail)


def _add_class(world: World, name: str, homeroom: str, pupils: int) -> None:
    with world.store.make_session() as session:
        added = SchoolClass(
            unit_id=world.units["school"],
            name=name,
            grade=int(name[0]),
            school_year=SCHOOL_YEAR,
            homeroom_teacher_id=world.people[homeroom],
        )
        session.add(added)
        session.commit()
        world.classes[name] = added.id
    add_pupils(world, name, 1, pupils)


def add_pupils(world: World, name: str, first: int, last: int) -> None:
    """Put pupils with these numbers into a class."""
    with world.store.make_session() as session:
        for number in range(first, last + 1):
            pupil_name = f"Học Sinh {name} Số {number:02}"
            session.add(
                Pupil(
                    unit_id=world.units["school"],
                    class_id=world.classes[name],
                    full_name=pupil_name,
                    sort_key=sort_key(pupil_name),
                    joined_on=datetime(2022, 9, 1).date(),
                    record={"birth_date": "2011-02-03"},
                    record_times={},
                )
            )
        session.commit()


def clean_pupils(world: World) -> None:
    """Give every pupil an identifier of their own: what shall be odd, a story says itself."""
    ids = world.read(lambda session: session.scalars(select(Pupil.id).order_by(Pupil.id)).all())
    identify(world, {pupil_id: f"0790110{number:05}" for number, pupil_id in enumerate(ids, start=1)})


def identify(world: World, identifiers: Mapping[int, str]) -> None:
    """Write identifiers into the records of pupils, where doubles are looked for too."""

    def write(work: UnitOfWork) -> None:
        fields = work.session.scalars(select(FieldDefinition).where(FieldDefinition.kind == "pupil")).all()
        for pupil_id, identifier in identifiers.items():
            pupil = work.session.get_one(Pupil, pupil_id)
            pupil.record = {**pupil.record, "personal_id": identifier}
            records.store_keys(work, "pupil", pupil, fields)

    world.do(write)


@dataclass
class Model:
    """A house at one point of the story, of which each test gets a copy of its own."""

    house: House
    at: datetime

    def copy(self, folder: Path, mail: MailSettings | None = None) -> House:
        """Build the same house once more."""
        shutil.copytree(self.house.folder, folder, dirs_exist_ok=True)
        url = self.house.world.store.url.set(database=str(folder / "rasoat.db"))
        world = self.house.world.on(Store("sqlite", url, None), FixedClock(self.at))
        return House(world, folder, mail)


def keep(house: House) -> Model:
    """Close a house that was brought to some point, so that it can be copied."""
    house.close()
    return Model(house, house.world.clock.now())


Founder = Callable[..., House]
