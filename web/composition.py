"""The parts of a running application and how they hang together: databases, engine, clock, passwords."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.orm import Session, sessionmaker

from models.calendar import Setting
from models.database import make_engine, make_sessions
from models.process import ProcessVersion
from web.config import Config
from web.demo.clock import DemonstrationClock
from workflows.clock import Clock, SystemClock
from workflows.engine import ProcessEngine, Published
from workflows.files import FileStore
from workflows.passwords import Passwords
from workflows.queries.demonstration import demonstration_of

KEY = "rasoat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """One of these per application; `composition()` gives the present one."""

    config: Config
    database: Engine
    # For acts, and for pages: the database refuses any write in a read-only session.
    sessions: sessionmaker[Session]
    read_sessions: sessionmaker[Session]
    engine: ProcessEngine
    # The present of the procedures; a demonstration may move it.
    clock: Clock
    # The present of logins: a demonstration that jumps ahead must not log its visitors out.
    system_clock: Clock
    passwords: Passwords
    files: FileStore
    # Whether the store holds invented data: passwords are shown then, and visitors may move the clock.
    is_demonstration: bool


def compose(config: Config, *, clock: Clock | None = None, system_clock: Clock | None = None) -> Composition:
    """Open the database and put the parts together; tests hand in their clocks."""
    database = make_engine(config.database, config.schema)
    read_sessions = make_sessions(database, read_only=True)
    system_clock = system_clock or clock or SystemClock()
    is_demonstration = _is_demonstration(database, read_sessions)
    if is_demonstration:
        clock = DemonstrationClock(clock or system_clock, read_sessions)
    return Composition(
        config=config,
        database=database,
        sessions=make_sessions(database),
        read_sessions=read_sessions,
        engine=ProcessEngine(source_of_versions(read_sessions)),
        clock=clock or system_clock,
        system_clock=system_clock,
        passwords=Passwords(time_cost=config.argon2_time_cost, memory_kib=config.argon2_memory_kib),
        files=FileStore(config.attachments_folder),
        is_demonstration=is_demonstration,
    )


def _is_demonstration(database: Engine, read_sessions: sessionmaker[Session]) -> bool:
    if not inspect(database).has_table(Setting.__tablename__):
        return False
    with read_sessions() as session:
        return demonstration_of(session) is not None


def source_of_versions(read_sessions: sessionmaker[Session]) -> Callable[[int], Published]:
    """Make the function by which the engine reads what was published."""

    def source(version_id: int) -> Published:
        with read_sessions() as session:
            running = func.coalesce(ProcessVersion.mended_xml, ProcessVersion.xml)
            asked = select(running, ProcessVersion.decisions).where(ProcessVersion.id == version_id)
            row = session.execute(asked).one_or_none()
        if row is None:
            raise LookupError(f"There is no published version {version_id}")
        xml, decisions = row
        return Published(xml.encode(), decisions or {})

    return source


def composition(app: Flask | None = None) -> Composition:
    """Give the parts of the application that answers the present request."""
    parts: Composition = (app or current_app).extensions[KEY]
    return parts
