"""The review of a staff member who joins: with the others, or alone when theirs have ended (P1.3, C1, C6)."""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.database import HELD
from models.instance import ChildGroup, GroupState, ProcessInstance
from models.organisation import OrganisationUnit
from models.task import Task, TaskState
from workflows.commands.running import moves, spawning
from workflows.commands.running.runs import Run, lock_run
from workflows.engine import ChildItem, ProcessEngine
from workflows.errors import ConcurrentChange, Refusal
from workflows.errors.steering import ReportAccepted, ReportSentUp
from workflows.unit_of_work import UnitOfWork


def why_nobody_joins(
    session: Session, engine: ProcessEngine, campaign_id: int, unit_id: int
) -> Refusal | None:
    """Tell why nobody can be put on a school's roster any more: its signed report has gone up; None before that.

    What the head signed counts everybody; who came later would stand in no report.
    """
    accepted = select(RosterEntry.id).where(
        RosterEntry.campaign_id == campaign_id,
        RosterEntry.kind == SubjectKind.SCHOOL,
        RosterEntry.subject_id == unit_id,
        RosterEntry.state == RosterState.DONE,
    )
    if session.scalar(accepted) is not None:
        return ReportAccepted()
    about_school = select(Task).where(
        Task.campaign_id == campaign_id,
        Task.unit_id == unit_id,
        Task.subject_kind == SubjectKind.SCHOOL,
        Task.state == TaskState.OPEN,
    )
    for task in session.scalars(about_school):
        step = engine.specification(task.version_id).steps.get(task.element_id)
        # Who signs the report makes minutes of it; who only judges it has it from below.
        if step is not None and step.review == "unit" and not step.minutes:
            judging = session.get(OrganisationUnit, task.role_unit_id or 0)
            return ReportSentUp(unit=judging.short_name if judging else "")
    return None


def judged_at(
    session: Session, engine: ProcessEngine, campaign_id: int, unit_id: int, class_id: int
) -> Task | None:
    """Give the open task from which a class that is past its teacher goes back: its own check, or the school's.

    None while its teacher has it: who joins then is on the teacher's page.
    """
    judging = select(Task).where(
        Task.campaign_id == campaign_id,
        Task.unit_id == unit_id,
        Task.state == TaskState.OPEN,
        Task.role.is_not(None),
        or_(
            and_(Task.subject_kind == SubjectKind.CLASS, Task.subject_id == class_id),
            Task.subject_kind == SubjectKind.SCHOOL,
        ),
    )
    for task in session.scalars(judging.order_by(Task.id.desc())):
        step = engine.specification(task.version_id).steps.get(task.element_id)
        of = "pupils" if task.subject_kind is SubjectKind.CLASS else "classes"
        if step is not None and any(outcome.of == of for outcome in step.outcomes):
            return task
    return None


def add_review(work: UnitOfWork, entry: RosterEntry) -> None:
    """Add the joiner's review on the same terms as the last reviews of the unit's staff.

    Where those go on, it is one more of them. Where they have ended, it runs beside what follows, with the same
    officer: the steps that ask for 100 % count the roster, and so wait for it. Before the first of them has begun
    there is nothing to do: the joiner stands on the roster from which they will begin.
    """
    sibling = work.session.execute(
        select(ChildGroup.id, ChildGroup.parent_id, ProcessInstance.start_values)
        .join(ChildGroup, ProcessInstance.group_id == ChildGroup.id)
        .where(
            ProcessInstance.campaign_id == entry.campaign_id,
            ProcessInstance.unit_id == entry.unit_id,
            ProcessInstance.subject_kind == entry.kind,
            # What was taken back has begun nothing.
            ChildGroup.state != GroupState.CANCELLED,
        )
        .order_by((ChildGroup.state == GroupState.OPEN).desc(), ChildGroup.id.desc())
        .limit(1)
    ).first()
    if sibling is None:
        return
    group_id, parent_id, given = sibling
    # Before the group, as who cancels it; a child that ends holds the group by then, and waits for the parent.
    parent: Run = lock_run(work.connection, parent_id)
    group = work.session.get(ChildGroup, group_id, with_for_update={**HELD, "skip_locked": True})
    if group is None or group.state is GroupState.CANCELLED:
        raise ConcurrentChange  # just now
    last = work.session.scalar(
        select(func.max(ProcessInstance.position)).where(ProcessInstance.group_id == group.id)
    )
    item = {"kind": str(entry.kind), "id": entry.subject_id, "unit": entry.unit_id, "name": entry.name}
    named = work.engine.specification(parent.version_id).calls[group.element_id].item
    # What the sibling was given is for all, but for its own item.
    child = ChildItem(entry.subject_id, given, item, named)
    first = (last or 0) + 1
    for run, why in spawning.add_children(
        work,
        parent,
        group.id,
        group.version_id,
        (child,),
        area=group.area,
        # Whose turn comes one after the other waits for it; beside what follows nobody would give it.
        sequential=group.sequential and group.state is GroupState.OPEN,
        first_position=first,
    ):
        moves.start(work, run, reason=why)
