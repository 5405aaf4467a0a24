"""Says in sentences what the journal keeps: one for every kind of entry, as people would tell it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext, ngettext

from models.journal import JournalEntry, JournalKind
from models.person import Person
from web import formats
from web.composition import composition
from web.i18n import page_language
from web.work.journal_changes import Change, Records, variables_changed
from web.work.task_words import outcome_label, step_name, told_target
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Specification
from workflows.queries.work.past import Past


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history: when, who (for whom), what, the reason if one was given, and what was corrected.

    `who` is empty where nobody acted: then `what` is a whole sentence.
    """

    at: datetime
    who: str
    what: str
    reason: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What sentences need besides the entry: names of steps and of people."""

    specification: Specification
    people: Mapping[int, Person]
    records: Records = field(default_factory=Records)
    # Numbers of versions by their ids.
    versions: Mapping[int, int] = field(default_factory=dict)
    # How a variable is written; None where variables are not shown.
    variable: Callable[[str, object], str] | None = None
    # What was done in another version is told in its words.
    past: Past = field(default_factory=Past)

    def then(self, entry: JournalEntry) -> "Facts":
        """Give the facts in the words of the version that the entry's run had then."""
        version_id = self.past.version_of(entry)
        if version_id is None:
            return self
        return replace(self, specification=composition().engine.specification(version_id))

    def step(self, element_id: str) -> str:
        """Name a step or another element of the diagram."""
        known = self._drawn_with(element_id)
        drawn = known.steps.get(element_id)
        if drawn is not None:
            return step_name(drawn)
        english = known.names_en.get(element_id) if page_language() == "en" else None
        return english or known.names.get(element_id) or element_id

    def _drawn_with(self, element_id: str) -> Specification:
        """Give the drawing that has an element: this one, or the last one before that had it."""
        if element_id in self.specification.steps or element_id in self.specification.names:
            return self.specification
        before = (composition().engine.specification(one) for one in self.past.versions_left)
        return next((one for one in before if element_id in one.names), self.specification)

    def outcome(self, element_id: str, key: str) -> str:
        """Name an outcome as the diagram does."""
        drawn = self.specification.steps.get(element_id)
        found = next((one for one in outcomes_of(drawn) if one.key == key), None) if drawn else None
        return outcome_label(found) if found else key

    def person(self, person_id: object) -> str:
        """Name a person inside a sentence."""
        person = self.people.get(person_id) if isinstance(person_id, int) else None
        return formats.addressed(person) if person else gettext("somebody")


def lines_of(entries: Sequence[JournalEntry], facts: Facts) -> list[Line]:
    """Tell the entries as lines, in their order."""
    return [line_of(entry, facts) for entry in entries]


def line_of(entry: JournalEntry, facts: Facts) -> Line:
    """Tell one entry."""
    facts = facts.then(entry)
    who = formats.person(entry.actor) if entry.actor else gettext("The system")
    if entry.on_behalf_of is not None:
        who = gettext("%(who)s on behalf of %(whom)s", who=who, whom=formats.addressed(entry.on_behalf_of))
    reason = str(entry.details.get("reason") or entry.details.get("words") or "")
    what = SENTENCES[entry.kind](entry.details, facts)
    if entry.actor is None and entry.kind in BY_ITSELF:
        who, what = "", what[:1].upper() + what[1:]
    return Line(entry.at, who, what, reason, _changes(entry, facts))


def _changes(entry: JournalEntry, facts: Facts) -> tuple[Change, ...]:
    if entry.kind is JournalKind.RECORD_CORRECTED:
        return facts.records.changes(entry.details)
    if entry.kind is JournalKind.DATA_CORRECTED and facts.variable is not None:
        return variables_changed(entry.details, facts.variable)
    return ()


Details = Mapping[str, Any]


def _completed(details: Details, facts: Facts) -> str:
    step, outcome = details.get("step", ""), details.get("outcome", "")
    said = {"step": facts.step(step), "outcome": facts.outcome(step, outcome)}
    return gettext("completed “%(step)s”: %(outcome)s", **said)


def _handed_over(details: Details, facts: Facts) -> str:
    return gettext("handed the task over to %(whom)s", whom=facts.person(details.get("to")))


def _decided(details: Details, _: Facts) -> str:
    if (reopened := details.get("reopened")) is not None:
        # Entries of the first releases name the one pupil.
        count = len(reopened) if isinstance(reopened, list) else 1
        return ngettext(
            "took back the approval of %(num)d pupil", "took back the approval of %(num)d pupils", count
        )
    count = int(details.get("approved", 0))
    return ngettext("approved %(num)d pupil", "approved %(num)d pupils", count)


def _subject(text: str) -> Callable[[Details, Facts], str]:
    return lambda details, _: gettext(text, name=details.get("name") or gettext("one subject"))


def _left(details: Details, facts: Facts) -> str:
    by_mistake = N_("took %(name)s out, who had been entered by mistake")
    return _subject(by_mistake if details.get("mistake") else N_("took %(name)s off the roster"))(
        details, facts
    )


def _corrected(details: Details, facts: Facts) -> str:
    count, name = len(details.get("after", {})), facts.records.name(details)
    if name:
        return gettext("corrected the record of %(name)s", name=name)
    return ngettext("corrected %(num)d field of the record", "corrected %(num)d fields of the record", count)


def _grades(details: Details, _: Facts) -> str:
    count = len(details.get("changed", []))
    return ngettext("entered grades of %(num)d pupil", "entered grades of %(num)d pupils", count)


def _ladder(text: str) -> Callable[[Details, Facts], str]:
    def say(details: Details, facts: Facts) -> str:
        people = [facts.people[one] for one in details.get("people", []) if one in facts.people]
        return gettext(text, to=told_target(str(details.get("to", "")), people))

    return say


def _urged(details: Details, _: Facts) -> str:
    count = int(details.get("open", 0))
    return ngettext("urged the unit: %(num)d task is open", "urged the unit: %(num)d tasks are open", count)


def _timer(details: Details, facts: Facts) -> str:
    return gettext("the time set for “%(step)s” has come", step=facts.step(str(details.get("element", ""))))


def _extended(details: Details, facts: Facts) -> str:
    due = formats.when(_instant(details.get("due_at")))
    before = _instant(details.get("before"))
    if details.get("withdrawn"):
        step = facts.step(str(details["withdrawn"]))
        return gettext("extended the deadline to %(due)s; “%(step)s” is not needed now", due=due, step=step)
    if before is None:
        return gettext("extended the deadline to %(due)s", due=due)
    return gettext("extended the deadline from %(before)s to %(due)s", before=formats.when(before), due=due)


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _attached(details: Details, _: Facts) -> str:
    return gettext("attached the file “%(name)s”", name=details.get("name", ""))


def _removed(details: Details, _: Facts) -> str:
    return gettext("removed the file “%(name)s”", name=details.get("name", ""))


def _signed(details: Details, facts: Facts) -> str:
    number = details.get("number")
    if number:
        return gettext("signed the minutes %(number)s", number=number)
    return gettext("signed “%(step)s”", step=facts.step(str(details.get("step", ""))))


def _incident(at_step: str, at_none: str) -> Callable[[Details, Facts], str]:
    def say(details: Details, facts: Facts) -> str:
        element = str(details.get("element") or "")
        return gettext(at_step, step=facts.step(element)) if element else gettext(at_none)

    return say


def _resolved(details: Details, facts: Facts) -> str:
    if details.get("by_step"):
        return _CLOSED_BY_STEP(details, facts)
    return _CLEARED(details, facts)


def _migrated(details: Details, facts: Facts) -> str:
    before, after = (facts.versions.get(details.get(key, 0)) for key in ("from", "to"))
    if before is None or after is None:
        return gettext("brought the procedure to another version of its drawing")
    if details.get("stopped"):
        return gettext(
            "stopped bringing the procedure from version %(before)s to %(after)s", before=before, after=after
        )
    return gettext("brought the procedure from version %(before)s to %(after)s", before=before, after=after)


def _moved(details: Details, facts: Facts) -> str:
    before, after = facts.step(str(details.get("from", ""))), facts.step(str(details.get("to", "")))
    return gettext("moved the procedure from “%(before)s” to “%(after)s”", before=before, after=after)


def _mended(details: Details, _: Facts) -> str:
    return gettext("corrected the variable %(names)s", names=", ".join(sorted(details.get("after", {}))))


def _event(details: Details, _: Facts) -> str:
    ignored = ", ".join(map(str, details.get("ignored", ())))
    if ignored:
        return gettext("a message or signal has come; its event does not take: %(names)s", names=ignored)
    return gettext("a message or signal has come")


def _plain(text: str) -> Callable[[Details, Facts], str]:
    return lambda details, facts: gettext(text)


def N_(text: str) -> str:
    """Mark a text for the catalogue; it is translated when it is said."""
    return text


_CLEARED = _incident(N_("cleared the obstacle at “%(step)s”"), N_("cleared the obstacle"))
_CLOSED_BY_STEP = _incident(
    N_("completed the step; with that the incident at “%(step)s” closed by itself"),
    N_("completed the step; with that the incident closed by itself"),
)
SENTENCES: Mapping[JournalKind, Callable[[Details, Facts], str]] = {
    JournalKind.CAMPAIGN_OPENED: _plain(N_("opened the campaign")),
    JournalKind.CAMPAIGN_CLOSED: _plain(N_("closed the campaign")),
    JournalKind.INSTANCE_STARTED: _plain(N_("the procedure began")),
    JournalKind.INSTANCE_FINISHED: _plain(N_("the procedure ended")),
    JournalKind.INSTANCE_CANCELLED: _plain(N_("cancelled the procedure")),
    JournalKind.TASK_CLAIMED: _plain(N_("took the task on")),
    JournalKind.TASK_RELEASED: _plain(N_("gave the task back to the others")),
    JournalKind.TASK_COMPLETED: _completed,
    JournalKind.TASK_WITHDRAWN: _plain(N_("took the last act back")),
    JournalKind.TASK_HANDED_OVER: _handed_over,
    JournalKind.PUPILS_DECIDED: _decided,
    JournalKind.SUBJECT_APPROVED: _plain(N_("approved one pupil")),
    JournalKind.SUBJECT_RETURNED: _subject(N_("returned %(name)s")),
    JournalKind.SUBJECT_ENROLLED: _subject(N_("entered %(name)s on the school's own list")),
    JournalKind.SUBJECT_JOINED: _subject(N_("entered %(name)s on the roster")),
    JournalKind.SUBJECT_LEFT: _left,
    JournalKind.RECORD_CORRECTED: _corrected,
    JournalKind.GRADES_ENTERED: _grades,
    JournalKind.REMINDED: _ladder(N_("reminded %(to)s")),
    JournalKind.ESCALATED: _ladder(N_("told %(to)s that the task is late")),
    JournalKind.URGED: _urged,
    JournalKind.TIMER_FIRED: _timer,
    JournalKind.DEADLINE_EXTENDED: _extended,
    JournalKind.COMMENTED: _plain(N_("wrote a comment")),
    JournalKind.FILE_ATTACHED: _attached,
    JournalKind.FILE_REMOVED: _removed,
    JournalKind.SIGNED: _signed,
    JournalKind.DOCUMENT_PRINTED: _plain(N_("made the PDF of the signed minutes")),
    JournalKind.APPOINTED: _plain(N_("appointed somebody to a position")),
    JournalKind.APPOINTMENT_ENDED: _plain(N_("ended an appointment")),
    JournalKind.REPORTING_LINE_MOVED: _plain(N_("moved the reporting line")),
    JournalKind.UNIT_ADDED: _plain(N_("added the unit")),
    JournalKind.UNIT_CHANGED: _plain(N_("changed the facts of the unit")),
    JournalKind.PERSON_ADDED: _plain(N_("added a person to the unit")),
    JournalKind.PERSON_CHANGED: _plain(N_("changed the name or address of a person")),
    JournalKind.ACCOUNT_OPENED: _plain(N_("made an account")),
    JournalKind.PASSWORD_RESET: _plain(N_("gave a start password for a forgotten one")),
    JournalKind.PASSWORD_CHANGED: _plain(N_("chose a new password")),
    JournalKind.ACCOUNT_CLOSED: _plain(N_("closed an account")),
    JournalKind.ACCOUNT_REOPENED: _plain(N_("opened a closed account again")),
    JournalKind.CLASS_ADDED: _plain(N_("added a class")),
    JournalKind.HOMEROOM_TEACHER_CHANGED: _plain(N_("named another homeroom teacher")),
    JournalKind.TEACHING_ASSIGNED: _plain(N_("assigned a subject to a teacher")),
    JournalKind.TEACHING_ENDED: _plain(N_("ended the teaching of a subject")),
    JournalKind.LOCAL_DAYS_ADDED: _plain(N_("entered days in the working calendar")),
    JournalKind.LOCAL_DAYS_REMOVED: _plain(N_("took days out of the working calendar")),
    JournalKind.PROCEDURE_PUBLISHED: _plain(N_("published a version of the procedure")),
    JournalKind.INSTANCE_SUSPENDED: _plain(N_("held the procedure")),
    JournalKind.INSTANCE_RESUMED: _plain(N_("let the procedure go on")),
    JournalKind.INSTANCE_MIGRATED: _migrated,
    JournalKind.TOKEN_MOVED: _moved,
    JournalKind.DATA_CORRECTED: _mended,
    JournalKind.EVENT_DELIVERED: _event,
    JournalKind.INCIDENT_OPENED: _incident(
        N_("could not go on at “%(step)s”; the administrators have been told"),
        N_("could not go on; the administrators have been told"),
    ),
    JournalKind.INCIDENT_RESOLVED: _resolved,
    JournalKind.JOURNAL_SEALED: _plain(N_("kept the seals of other units' journals")),
}
# Where nobody acted these are whole sentences: nothing "the system" does.
BY_ITSELF = frozenset(
    {
        JournalKind.INSTANCE_STARTED,
        JournalKind.INSTANCE_FINISHED,
        JournalKind.TIMER_FIRED,
        JournalKind.EVENT_DELIVERED,
    }
)
