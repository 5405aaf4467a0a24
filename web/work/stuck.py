"""Reports an act that the diagram could not take, and says to whoever did it what became of that."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.journal import JournalEntry, JournalKind
from web.composition import composition
from web.i18n import page_language, pick
from web.request_work import close_read_session, current_account, current_actor
from web.work import journal_words
from web.work.task_view import TaskView
from workflows.commands.operating import stuck
from workflows.errors import InstanceStuck
from workflows.errors.operating import StepStuck
from workflows.queries.operating.mended import MENDING
from workflows.unit_of_work import do_work

_log = logging.getLogger(__name__)


def reported(task_id: int, refusal: InstanceStuck) -> StepStuck:
    """Open an incident in a unit of work of its own; give what the person is told, in words without the cause."""
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
    english = published.names_en.get(element) if page_language() == "en" else None
    place = "" if element == published.key else element
    return StepStuck(element=english or published.names.get(element) or place or published.name)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The reader's last act that was not taken, what was done since, and the fields of theirs that were corrected."""

    at: datetime
    mended: journal_words.Line | None
    asked: Sequence[str]


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
        elif entry.kind in MENDING:
            mended = entry
    if met is None or not waiting:
        return None
    if mended is None:
        return Attempt(met.at, None, ())
    if not view.may_act:
        # While the run is held nobody can try again, and the page says that it is held.
        return None
    corrected = mended.details.get("after", {})
    asked = [pick(field, "label") for field in view.step.fields if field.key in corrected]
    return Attempt(met.at, journal_words.line_of(mended, journal_words.Facts(view.specification, {})), asked)
