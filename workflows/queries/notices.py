"""A person's notices, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
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
        """The newest notice on the page; 0 on an empty one."""
        return self.notices[0].id if self.notices else 0


def notices_of(
    session: Session, person_id: int, *, before: int | None = None, options: Sequence[ORMOption] = ()
) -> NoticePage:
    """Give a page of a person's notices, the last one first; `options` say what to load with them."""
    # The digest only goes by mail.
    asked = (
        select(Notification)
        .where(Notification.person_id == person_id, Notification.message != Message.MORNING_DIGEST)
        .options(*options)
    )
    if before is not None:
        asked = asked.where(Notification.id < before)
    found = session.scalars(asked.order_by(Notification.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    return NoticePage(shown, shown[-1].id if len(found) > PAGE else None)
