"""What people do with their notices."""

from sqlalchemy import update

from models.notification import Notification
from workflows.unit_of_work import UnitOfWork


def mark_read(work: UnitOfWork, *, person_id: int, up_to_id: int) -> None:
    """Mark a person's notices as read, up to the last one they have seen; later ones stay new."""
    work.session.execute(
        update(Notification)
        .where(
            Notification.person_id == person_id, Notification.id <= up_to_id, Notification.read_at.is_(None)
        )
        .values(read_at=work.now)
        .execution_options(synchronize_session=False)
    )
