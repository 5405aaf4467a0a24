"""Reports an act that the diagram could not take, and says to whoever did it what became of that."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.instance import Incident
from models.journal import JournalEntry, JournalKind
from web.composition import composition
from web.i18n import page_language, pick
from web.request_work import close_read_session, current_account, current_actor, read_session
from web.work import journal_words
from web.work.task_view import TaskView
from workflows.commands.operating import stuck
from workflows.engine import UNSET, Reason, Step
from workflows.errors import InstanceStuck
from workflows.errors.operating import StepStuck, StepUnfilled
from workflows.queries.operating.mended import may_matter
from workflows.unit_of_work import do_work

_log = logging.getLogger(__name__)


def reported(task_id: int, refusal: InstanceStuck) -> StepStuck:
    """Open an incident in a unit of work of its own; give what the person is told, in words without the cause.

    Of the cause they learn which fields of their own form they have to fill in, if it is that.
    """
    parts, acted_by = composition(), current_account().person_id
    close_read_session()
    task = do_work(
        parts.sessions,
        parts.engine,
        parts.clock,
        lambda work: stuck.report(work, task_id=task_id, refusal=refusal, acted_by=acted_by),
    )
    element = str(refusal.params["element"])
    _log.warning("Instance %s cannot go on at %s: %s", task.run.id, element, refusal.params["reason"])
    published = parts.engine.specification(task.run.version_id)
    reason = refusal.params["reason"]
    blank = _blank(published.steps[task.element_id], reason.as_plain()) if isinstance(reason, Reason) else []
    if blank:
        return StepUnfilled(fields="”, “".join(blank))
    english = published.names_en.get(element) if page_language() == "en" else None
    place = "" if element == published.key else element
    return StepStuck(element=english or published.names.get(element) or place or published.name)


def unset_names(cause: Mapping[str, Any] | None) -> list[str]:
    """Give the variables that an expression needed and nobody has given a value, from a cause in words."""
    reason = cause["params"].get("reason") if cause else None
    if not isinstance(reason, dict) or reason["msgid"] != UNSET:
        return []
    return [name.partition(".")[0] for name in reason["params"]["names"].split(", ")]


def _blank(step: Step, cause: Mapping[str, Any] | None) -> list[str]:
    """Name the fields of a step's own form that are to blame for a cause."""
    unset = unset_names(cause)
    return [pick(field, "label") for field in step.fields if field.key in unset]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The reader's last act that was not taken, what was done since, and the fields of theirs that were blank."""

    at: datetime
    mended: journal_words.Line | None
    blank: Sequence[str] = ()


def attempt_of(view: TaskView) -> Attempt | None:
    """Tell whoever has a task what became of their act that the diagram could not take, while its incident is open."""
    if not view.has_it:
        return None
    reader, waiting = current_actor().person_id, set()
    met: JournalEntry | None = None
    mended: JournalEntry | None = None
    for entry in view.entries:
        if entry.instance_id != view.task.instance_id:
            continue
        if entry.kind is JournalKind.INCIDENT_OPENED and entry.details.get("by") == reader:
            if entry.task_id == view.task.id:
                waiting.add(entry.details["incident"])
                met, mended = entry, None
        elif entry.kind is JournalKind.INCIDENT_RESOLVED:
            waiting.discard(entry.details.get("incident"))
        elif may_matter(entry, view.task.id):
            mended = entry
    if met is None or not waiting:
        return None
    if mended is None:
        incident = read_session().get(Incident, met.details["incident"])
        return Attempt(met.at, None, _blank(view.step, incident.words if incident else None))
    if not view.may_act:
        # While the run is held nobody can try again, and the page says that it is held.
        return None
    return Attempt(met.at, journal_words.line_of(mended, journal_words.Facts(view.specification, {})))
