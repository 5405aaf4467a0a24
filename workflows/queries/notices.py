"""A person's notices, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.orm.interfaces import ORMOption

from models.notification import Message, Notification

PAGE = 50


@dataclass(frozen=True, slots=True)
class NoticePage:
    """One page of notices; `older` is the id to go on before, or None at the end."""

    notices: Sequence[Notification]
    older: int | None

    @property
    def last_id(self) -> int:
        """The last notice on the page that was written; 0 on an empty one."""
        return max((one.id for one in self.notices), default=0)


def notices_of(
    session: Session, person_id: int, *, before: int | None = None, options: Sequence[ORMOption] = ()
) -> NoticePage:
    """Give a page of a person's notices, the newest first; `options` say what to load with them."""
    found = session.scalars(page_query(person_id, before).options(*options)).all()
    shown = found[:PAGE]
    return NoticePage(shown, shown[-1].id if len(found) > PAGE else None)


def page_query(person_id: int, before: int | None) -> Select[Notification]:
    """Ask for one notice more than a page holds: it tells whether older ones follow."""
    # The digest only goes by mail.
    asked = select(Notification).where(
        Notification.person_id == person_id, Notification.message != Message.MORNING_DIGEST
    )
    # Notices of one instant follow each other as they were written.
    place = (Notification.created_at, Notification.id)
    if before is not None:
        shown_last = select(*place).where(Notification.id == before, Notification.person_id == person_id)
        asked = asked.where(tuple_(*place) < shown_last.scalar_subquery())
    return asked.order_by(*(column.desc() for column in place)).limit(PAGE + 1)
