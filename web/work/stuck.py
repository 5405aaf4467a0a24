"""Reports an act that the diagram could not take, and says so to whoever did it."""

import logging

from web.composition import composition
from web.i18n import page_language
from web.request_work import close_read_session, current_account
from workflows.commands.operating import stuck
from workflows.errors import InstanceStuck
from workflows.errors.operating import StepStuck
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
