"""What the children of a group came to, in the order of the items."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance

Results = list[dict[str, Any]]

_finished = (
    select(ProcessInstance.result)
    .where(ProcessInstance.state == InstanceState.FINISHED)
    .order_by(ProcessInstance.position)
)


def results_of(session: Session, group_id: int) -> Results:
    """Give what the children of a group that have finished came to."""
    rows = session.scalars(_finished.where(ProcessInstance.group_id == group_id))
    return [row or {} for row in rows]


def results_so_far(session: Session, parent_id: int, token: str) -> Results:
    """Give what the children for which a token of a run waits have come to; nothing where it waits for none."""
    open_group = session.scalar(
        select(ChildGroup.id).where(
            ChildGroup.parent_id == parent_id,
            ChildGroup.token == token,
            ChildGroup.state == GroupState.OPEN,
        )
    )
    return results_of(session, open_group) if open_group is not None else []
