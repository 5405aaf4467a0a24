"""The clock of a demonstration: a visitor may move it ahead, for all processes on this database at once."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from models.calendar import Setting
from workflows.clock import Clock
from workflows.settings import lock_setting, store_setting
from workflows.unit_of_work import UnitOfWork

SETTING = "demo_clock"
SECONDS = "ahead_seconds"


class DemonstrationClock:
    """The host's time, moved ahead by what the store says; read anew each time, because others move it too."""

    def __init__(self, base: Clock, read_sessions: sessionmaker[Session]) -> None:
        self._base = base
        self._read_sessions = read_sessions

    def now(self) -> datetime:
        """Give the moved present as an aware instant in UTC."""
        with self._read_sessions() as session:
            return self._base.now() + ahead(session)


def ahead(session: Session) -> timedelta:
    """Give how far the clock was moved."""
    setting = session.get(Setting, SETTING)
    return timedelta(seconds=setting.value.get(SECONDS, 0)) if setting else timedelta()


def move(work: UnitOfWork, by: timedelta) -> None:
    """Move the clock ahead; it never goes back, because what happened would lie in the future."""
    value = lock_setting(work.session, SETTING, lambda: {SECONDS: 0})
    if value is not None and by > timedelta():
        store_setting(work.session, SETTING, {SECONDS: value[SECONDS] + by.total_seconds()})
