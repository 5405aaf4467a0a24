"""Whether the work under review is finished: no step reports it done while a part is open (P1.3, C6)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.school import Grade, Pupil, SchoolClass, TeachingAssignment
from workflows.commands.running.runs import Run
from workflows.commands.running.terms import local_date
from workflows.engine import Outcome, Step
from workflows.errors import FormRefused, GradesMissing, PupilsUndecided, WorkUnfinished
from workflows.errors.answering import HelpsThemself
from workflows.errors.operating import ReviewCancelled
from workflows.queries.following.cancelled import SENT_BACK_AS, cancelled_reviews, cancelled_subjects
from workflows.unit_of_work import UnitOfWork

# The form field that names who helps a teacher, in every procedure (P2.3).
SUPPORTER = "supporter"
_OPEN = (RosterState.OPEN, RosterState.RETURNED)


def require_ready(work: UnitOfWork, run: Run, step: Step, outcome: Outcome) -> None:
    """Refuse with WorkUnfinished(count) to report done what is not; other outcomes are always ready."""
    if outcome.style != "primary" or step.review is None:
        return
    count = 0
    if step.review == "pupils":
        count = open_pupils(work, run)
    elif step.review == "grades":
        if count := pupils_without_grade(work, run):
            raise GradesMissing(count=count)
    elif step.review == "staff":
        count = _open(work, run, SubjectKind.STAFF)
    elif step.review == "unit" and run.subject_kind is SubjectKind.SCHOOL:
        # Who joined after the reviews had ended counts too.
        count = _open(work, run, SubjectKind.STAFF, SubjectKind.CLASS) + _open_joiners(work, run)
    if count and step.review == "pupils" and not any(one.of == "pupils" for one in step.outcomes):
        # Who approves them has nobody to return them to.
        raise PupilsUndecided(count=count)
    if count and step.review == "unit" and (names := _cancelled(work, run, step)):
        raise ReviewCancelled(count=count, name=", ".join(names))
    if count:
        raise WorkUnfinished(count=count)


def require_another(work: UnitOfWork, run: Run, outcome: Outcome, values: Mapping[str, Any]) -> None:
    """Refuse with FormRefused a helper who is the very teacher who answers for the work and cannot do it (P2.3)."""
    helper = values.get(SUPPORTER)
    if helper is not None and outcome.style != "return" and helper == _teacher(work, run):
        raise FormRefused({SUPPORTER: HelpsThemself()})


def _teacher(work: UnitOfWork, run: Run) -> int | None:
    if run.subject_kind is SubjectKind.CLASS:
        return work.session.scalar(
            select(SchoolClass.homeroom_teacher_id).where(SchoolClass.id == run.subject_id)
        )
    if run.subject_kind is SubjectKind.ASSIGNMENT:
        return work.session.scalar(
            select(TeachingAssignment.teacher_id).where(TeachingAssignment.id == run.subject_id)
        )
    return None


def open_pupils(work: UnitOfWork, run: Run) -> int:
    """Count the pupils of the class that nobody has approved yet."""
    return (
        work.session.scalar(
            select(func.count()).where(
                RosterEntry.campaign_id == run.campaign_id,
                RosterEntry.class_id == run.subject_id,
                RosterEntry.kind == SubjectKind.PUPIL,
                RosterEntry.state.in_(_OPEN),
            )
        )
        or 0
    )


def _open(work: UnitOfWork, run: Run, *kinds: SubjectKind) -> int:
    """Count the subjects of the unit that have neither been confirmed nor excepted."""
    return (
        work.session.scalar(
            select(func.count()).where(
                RosterEntry.campaign_id == run.campaign_id,
                RosterEntry.unit_id == run.unit_id,
                RosterEntry.kind.in_(kinds),
                RosterEntry.state.in_(_OPEN),
            )
        )
        or 0
    )


def _cancelled(work: UnitOfWork, run: Run, step: Step) -> list[str]:
    """Name who or what is open because its review was cancelled, where the step could return it."""
    returns = {outcome.of for outcome in step.outcomes}
    found = cancelled_subjects(cancelled_reviews(work.session, run.campaign_id, run.unit_id))
    wanted = [key for key in found if returns.intersection(SENT_BACK_AS.get(key[0], ()))]
    still = work.session.execute(
        select(RosterEntry.kind, RosterEntry.subject_id).where(
            RosterEntry.campaign_id == run.campaign_id,
            RosterEntry.subject_id.in_([subject_id for _, subject_id in wanted]),
            RosterEntry.kind.in_((SubjectKind.STAFF, SubjectKind.CLASS)),
            RosterEntry.state.in_(_OPEN),
        )
    )
    return [found[kind, subject_id].name for kind, subject_id in still if (kind, subject_id) in wanted]


def _open_joiners(work: UnitOfWork, run: Run) -> int:
    """Count the pupils who joined and are not approved: that their class is done says nothing about them."""
    joiners = select(func.count()).where(
        RosterEntry.campaign_id == run.campaign_id,
        RosterEntry.unit_id == run.unit_id,
        RosterEntry.kind == SubjectKind.PUPIL,
        RosterEntry.state.in_(_OPEN),
        RosterEntry.joined_at.is_not(None),
    )
    return work.session.scalar(joiners) or 0


def pupils_without_grade(work: UnitOfWork, run: Run) -> int:
    """Count the pupils of the assignment's class who have neither a final mark nor a remark saying why."""
    today = local_date(work.now)
    graded = (
        select(Grade.id)
        .where(
            Grade.assignment_id == run.subject_id,
            Grade.pupil_id == Pupil.id,
            Grade.final.is_not(None) | (Grade.remark != ""),
        )
        .exists()
    )
    in_class = select(TeachingAssignment.class_id).where(TeachingAssignment.id == run.subject_id)
    return (
        work.session.scalar(
            select(func.count(Pupil.id)).where(
                Pupil.class_id == in_class.scalar_subquery(),
                Pupil.joined_on <= today,
                Pupil.left_on.is_(None) | (Pupil.left_on > today),
                ~graded,
            )
        )
        or 0
    )
