"""Reviews of subjects who joined when the others' had ended: they run in a group that waits for nobody any more."""

from sqlalchemy import bindparam, select

from models.campaign import SubjectKind
from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance
from models.prepared import Prepared
from workflows.unit_of_work import UnitOfWork

_beside = Prepared(
    select(ProcessInstance.subject_id)
    .join(ChildGroup, ChildGroup.id == ProcessInstance.group_id)
    .where(
        ProcessInstance.campaign_id == bindparam("campaign_id"),
        ProcessInstance.unit_id == bindparam("unit_id"),
        ProcessInstance.subject_kind == bindparam("kind"),
        ProcessInstance.state == InstanceState.RUNNING,
        ChildGroup.state == GroupState.FINISHED,
    )
)


def reviewed_beside(work: UnitOfWork, campaign_id: int | None, unit_id: int, kind: SubjectKind) -> set[int]:
    """Give the subjects of a unit whose own review is still under way although the others' have ended."""
    if campaign_id is None:
        return set()
    rows = _beside.rows(work.connection, campaign_id=campaign_id, unit_id=unit_id, kind=kind)
    return {subject_id for (subject_id,) in rows}
