"""Who pressed a unit while a task was open, and with which words: for whom it was written and for who wrote it (C4)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.journal import JournalEntry, JournalKind
from models.task import Task


def urgings_of(session: Session, task: Task, reader_id: int) -> Sequence[JournalEntry]:
    """List the urgings of a task's unit that concern the reader, oldest first."""
    if task.campaign_id is None:
        return []
    asked = (
        select(JournalEntry)
        .options(joinedload(JournalEntry.actor))
        .where(
            JournalEntry.kind == JournalKind.URGED,
            JournalEntry.campaign_id == task.campaign_id,
            JournalEntry.unit_id == task.unit_id,
            JournalEntry.at >= task.opened_at,
        )
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    if task.completed_at is not None:
        asked = asked.where(JournalEntry.at <= task.completed_at)
    return [
        entry
        for entry in session.scalars(asked)
        if reader_id == entry.actor_id or reader_id in entry.details.get("people", ())
    ]
