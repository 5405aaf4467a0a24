"""How incidents are spoken of to operators: the cause in words, where, and who has to try again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext
from sqlalchemy.orm import Session

from models.instance import Incident
from models.person import Person
from models.task import Task
from web.administration import operations_words as words
from web.wording import translated
from web.work import journal_words
from web.work.stuck import unset_names
from workflows.queries.following.waiting import explained
from workflows.queries.operating.incidents import acts_behind, cause_of, place_of
from workflows.queries.operating.instance import InstanceSight
from workflows.queries.operating.mended import mended_since


@dataclass(frozen=True, slots=True)
class Line:
    """One incident as operators read it; `technical` is what the program said, where the cause is in words.

    What an operator has done since is `mended`, and the cause is that of then. Where `by_person`, an act on a task
    could not be taken; while the `task` is open its `people` can try again, nobody else.
    """

    incident: Incident
    cause: str
    technical: str
    place: str
    by_person: bool = False
    task: Task | None = None
    people: Sequence[Person] = ()
    # A value is missing that a form may have left blank.
    unset: bool = False
    mended: journal_words.Line | None = None


def lines_of(reading: Session, sight: InstanceSight, facts: journal_words.Facts, today: date) -> list[Line]:
    """Tell the incidents of a run, in their order."""
    mended = mended_since(reading, sight.row.id, sight.incidents)
    acts = acts_behind(reading, sight.row.id) if sight.incidents else {}
    lines = []
    for incident in sight.incidents:
        act = acts.get(incident.id)
        task = next((one for one in sight.tasks if act and one.id == act.task_id), None)
        people: Sequence[Person] = ()
        if act is not None and task is not None:
            actor = reading.get(Person, act.person_id) if act.person_id else None
            people = [actor] if actor else explained(reading, [task], today)[0].holders
        cause, technical = told(incident)
        element = place_of(incident)
        place = facts.step(element) if element else ""
        line = Line(incident, cause, technical, place, act is not None, task, people, is_unset(incident))
        if (done := mended.get(incident.id)) is not None:
            then = gettext("At that time: %(cause)s", cause=cause)
            line = replace(line, cause=then, mended=journal_words.line_of(done, facts))
        lines.append(line)
    return lines


def told(incident: Incident) -> tuple[str, str]:
    """Give the cause as a sentence, and what the program said; of earlier releases there is only the latter."""
    cause = cause_of(incident)
    if isinstance(cause, str):
        return cause, ""
    said = translated("%(cause)s", {"cause": cause})
    return words.ended(said[:1].upper() + said[1:]), incident.cause


def is_unset(incident: Incident) -> bool:
    """Tell whether an expression needed a value that nobody has given."""
    return bool(unset_names(incident.words))
