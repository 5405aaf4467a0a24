"""Everything the page of one task shows, read once: the step, the record under review, people, dates, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from flask_babel import gettext

from models.campaign import Campaign, RosterEntry, RosterState
from models.document import Document
from models.journal import JournalEntry, JournalKind
from models.person import Person
from models.school import StaffMember
from models.task import Attachment, Comment, Task, TaskState
from web.composition import composition
from web.i18n import pick
from web.previous_act import PreviousAct, previous_act
from web.request_work import current_actor, days, now, read_session, today
from web.work import inbox_address, journal_words, minutes_view
from web.work.journal_changes import records_in
from web.work.ladder import RungView, ladder_of
from web.work.step_marks import StepMark, marks_of
from web.work.task_form import Typed
from web.work.task_words import capitalised, outcome_label, sentence, step_name
from web.work.undoing import is_undoable
from workflows.commands.evidence import signing
from workflows.commands.work.answers import outcomes_of
from workflows.commands.work.tasks import is_personal
from workflows.engine import Outcome, Specification, Step
from workflows.queries.administration.people import people_without_account
from workflows.queries.documents import documents_signed_in
from workflows.queries.following.roster import entry_of
from workflows.queries.records.records import catalogue_of
from workflows.queries.work import history, task_page
from workflows.queries.work.classroom import subjects_of
from workflows.queries.work.inbox_facts import people_by_id, staff_about
from workflows.queries.work.inbox_list import Cursor
from workflows.queries.work.inbox_place import Place, place_of
from workflows.queries.work.past import Past, past_in
from workflows.queries.work.returned import WholeReturn, answers_to
from workflows.queries.work.urgings import urgings_of

WIDE = frozenset({"pupils", "grades", "staff", "unit"})
# After these somebody has a task who did not have it before.
CHANGES_HANDS = frozenset(
    {JournalKind.TASK_CLAIMED, JournalKind.TASK_HANDED_OVER, JournalKind.TASK_WITHDRAWN}
)
STYLES = {"primary": 0, "neutral": 1, "return": 2}


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """A button of the act bar."""

    key: str
    label: str
    style: str
    reason: str
    of: str | None
    signed: bool
    # It sends on what was returned as a whole: a word about what was done belongs to it.
    answering: bool = False

    @property
    def at_once(self) -> bool:
        """Whether the button acts without asking for anything else."""
        return (
            not self.answering
            and self.of is None
            and (self.reason == "none" or (self.style == "primary" and self.reason != "required"))
        )


@dataclass
class TaskView:
    """The page of one task for the present person; parts are read when the page asks for them."""

    task: Task
    sent: Typed = field(default_factory=Typed)
    problems: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    # The message is about pupils who are not approved or have no mark yet: it names them.
    names_undecided: bool = False
    request_key: str | None = None
    draft_saved_at: datetime | None = None

    @property
    def specification(self) -> Specification:
        """The published diagram."""
        return composition().engine.specification(self.task.version_id)

    @property
    def step(self) -> Step:
        """The step as drawn."""
        return self.specification.steps[self.task.element_id]

    @cached_property
    def title(self) -> str:
        """What is to be done about whom."""
        member = self.member
        text = sentence(self.step, self.task, self.task.subject_name, {member.id: member} if member else {})
        return capitalised(f"{text} · {member.duty}" if member and member.duty else text)

    @cached_property
    def member(self) -> StaffMember | None:
        """The member of staff it is about, if it is about one."""
        return staff_about(read_session(), [self.task]).get(self.task.subject_id)

    @property
    def step_name(self) -> str:
        """The name of the step."""
        return step_name(self.step)

    @property
    def procedure_name(self) -> str:
        """The name of the procedure."""
        return pick(self.specification)

    @property
    def is_open(self) -> bool:
        """Whether the task waits for somebody."""
        return self.task.state is TaskState.OPEN

    @property
    def held_since(self) -> datetime | None:
        """Since when an administrator holds the procedure, if one does: nothing can be done but to look."""
        return self.task.instance.suspended_at if self.is_open else None

    @cached_property
    def has_it(self) -> bool:
        """Whether it waits for the present person."""
        return self.is_open and task_page.may_act_on(current_actor(), self.task)

    @cached_property
    def may_act(self) -> bool:
        """Whether the present person may complete it now."""
        return self.has_it and self.held_since is None

    @property
    def wide(self) -> bool:
        """Whether the page has one column: what is under review needs it, or there is nothing for a second one."""
        return self.step.review in WIDE or not (self.step.review or self.step.fields or self.step.signature)

    @cached_property
    def claimable(self) -> bool:
        """Whether it makes sense to take the task on before doing it."""
        unclaimed = self.may_act and self.task.assignee_id is None
        return unclaimed and task_page.several_hold(read_session(), self.task, today())

    @cached_property
    def releasable(self) -> bool:
        """Whether the person took it on from others, to whom it can go back."""
        claimed = self.may_act and self.task.assignee_id is not None and self.task.role is not None
        return claimed and task_page.several_hold(read_session(), self.task, today())

    @cached_property
    def holders(self) -> Sequence[Person]:
        """Who can act on it."""
        if self.task.assignee is not None:
            return [self.task.assignee]
        return task_page.holders_of_role(read_session(), self.task, today())

    @property
    def has_it_since(self) -> datetime:
        """Since when who has it has it: it was claimed, handed over or taken back, else it came so."""
        taken = [one.at for one in self.entries if one.task_id == self.task.id and one.kind in CHANGES_HANDS]
        return max(taken, default=self.task.opened_at)

    @property
    def removed(self) -> JournalEntry | None:
        """The act that removed this task, if that is why nobody has to do it: somebody's taking back, or a move."""
        return next((one for one in self.entries if self.task.id in one.details.get("removed", ())), None)

    @cached_property
    def place(self) -> Place | None:
        """Where it stands in the list the person came from."""
        if not self.has_it:
            return None
        asked = inbox_address.wanted()
        return place_of(read_session(), current_actor(), asked, days(), Cursor.of(self.task, asked.order))

    @cached_property
    def campaign(self) -> Campaign | None:
        """The campaign it belongs to."""
        return task_page.campaign_of(read_session(), self.task)

    @cached_property
    def outcomes(self) -> list[OutcomeView]:
        """The ways to complete the step, the primary one first."""
        drawn = sorted(outcomes_of(self.step), key=lambda one: STYLES[one.style])
        return [self._outcome(one) for one in drawn]

    def _outcome(self, drawn: Outcome) -> OutcomeView:
        return OutcomeView(
            drawn.key,
            outcome_label(drawn),
            drawn.style,
            drawn.reason,
            drawn.of,
            signing.needs_signature(self.step, drawn),
            drawn.style == "primary" and drawn.reason == "optional" and self.came_back is not None,
        )

    @cached_property
    def came_back(self) -> WholeReturn | None:
        """The return of the very class or person it is about, and what was answered, until that is settled."""
        task = self.task
        if not self.is_open or self.step.review not in ("record", "pupils"):
            return None
        key = (task.subject_kind, task.subject_id)
        entry = entry_of(read_session(), task.campaign_id, *key)
        if entry is None or entry.state is not RosterState.RETURNED:
            return None
        return answers_to(read_session(), task.campaign_id, task.unit_id).get(key)

    @cached_property
    def signing_act(self) -> OutcomeView | None:
        """The act that the password on the page signs, the first button of those that need it."""
        signed = (one for one in self.outcomes if one.signed and one.at_once)
        return next(signed, None) if self.to_sign else None

    def returning(self, of: str) -> OutcomeView | None:
        """Give the outcome by which the person can send such subjects back by name."""
        return next((one for one in self.outcomes if one.of == of), None) if self.may_act else None

    def subjects(self, of: str) -> Sequence[RosterEntry]:
        """List whom an outcome may name, for pages that do not show them anyway."""
        task = self.task
        return subjects_of(read_session(), task.campaign_id, task.unit_id, of, task.subject_id)

    @property
    def outcome_taken(self) -> str:
        """The label of the outcome with which it was completed."""
        found = next((one.label for one in self.outcomes if one.key == self.task.outcome), "")
        return found or (self.task.outcome or "")

    @cached_property
    def to_sign(self) -> "signing.Shown | None":
        """What the person signs with this step."""
        if not (self.may_act and self.step.signature):
            return None
        reading, actor = read_session(), current_actor()
        about = signing.signing_task(reading, self.task.id, actor.person_id)
        return signing.shown(reading, composition().engine, about, now())

    @property
    def largest_file(self) -> int:
        """How many megabytes a file may have."""
        return composition().config.upload_megabytes

    @property
    def document_parts(self) -> list[minutes_view.Part]:
        """What is signed, as parts of a page."""
        return minutes_view.parts_of(self.to_sign) if self.to_sign else []

    @property
    def statements(self) -> list[str]:
        """The sentences that the signature confirms."""
        return minutes_view.statements_of(self.to_sign) if self.to_sign else []

    @cached_property
    def entries(self) -> Sequence[JournalEntry]:
        """What happened in this matter."""
        return history.history_of(read_session(), self.task)

    @cached_property
    def past(self) -> Past:
        """The versions that the runs of this matter had before."""
        return past_in(read_session(), self.entries, {self.task.instance_id: self.task.instance.version_id})

    @cached_property
    def lines(self) -> list[journal_words.Line]:
        """The history in sentences, newest first."""
        people = people_by_id(read_session(), history.people_named(self.entries))
        mine = self.member is not None and self.member.person_id == current_actor().person_id
        records = records_in(read_session(), self.entries, "clear" if mine or self.may_act else "masked")
        facts = journal_words.Facts(self.specification, people, records, past=self.past)
        return journal_words.lines_of(self.entries, facts)[::-1]

    @cached_property
    def comments(self) -> Sequence[Comment]:
        """Remarks, oldest first."""
        return task_page.comments_of(read_session(), self.task.instance_id)

    @cached_property
    def attachments(self) -> Sequence[Attachment]:
        """Files, oldest first."""
        return task_page.attachments_of(read_session(), self.task.instance_id)

    @cached_property
    def ladder(self) -> list[RungView]:
        """When the clock speaks to whom, and what it has said already."""
        return ladder_of(self.task, self.step)

    @cached_property
    def urgings(self) -> Sequence[JournalEntry]:
        """Who pressed the unit for what is open, and with which words, as far as it concerns the reader."""
        return urgings_of(read_session(), self.task, current_actor().person_id)

    @cached_property
    def may_hand_over(self) -> bool:
        """Whether the person may give the task to a colleague."""
        actor, task = current_actor(), self.task
        leads = any(actor.holds(position, task.unit_id) for position in task_page.LEADING)
        waits = self.is_open and self.held_since is None
        return waits and not is_personal(self.step) and (self.may_act or leads)

    @cached_property
    def colleagues(self) -> list[task_page.Colleague]:
        """To whom it can be handed over."""
        unit_id = self.task.role_unit_id or self.task.unit_id
        people = task_page.colleagues_of(read_session(), unit_id, today())
        return [person for person in people if person.id != self.task.assignee_id]

    @cached_property
    def people(self) -> Sequence[Person]:
        """Whom a form field may name."""
        return task_page.people_of(read_session(), self.task.unit_id, today())

    @cached_property
    def without_account(self) -> set[int]:
        """Those of them who cannot log in to do what they would be given."""
        return people_without_account(read_session(), [person.id for person in self.people])

    @cached_property
    def reasons(self) -> list[str]:
        """Reasons the person wrote at this step before."""
        return task_page.reasons_before(read_session(), current_actor().person_id, self.task.element_id)

    @cached_property
    def taken(self) -> list[Task]:
        """The tasks of this run that are open or done."""
        return list(history.steps_taken(read_session(), self.task.instance_id))

    @cached_property
    def previous(self) -> PreviousAct | None:
        """What was done just before."""
        return previous_act(self.task, self.taken) if self.is_open else None

    @property
    def undoable(self) -> bool:
        """Whether the person can take the act back."""
        return is_undoable(self.task.id)

    @cached_property
    def signed_before(self) -> Sequence[Document]:
        """What was signed in this matter so far, for who decides on it; a report has a part of its own."""
        if not self.may_act or self.to_sign:
            return []
        actor, instance_id = current_actor(), self.task.instance_id
        signed = documents_signed_in(read_session(), actor, instance_id, on=today())
        return [one for one in signed if self.step.review != "unit" or one.kind != "school_report"]

    @cached_property
    def marks(self) -> dict[str, StepMark]:
        """The steps of the diagram with what has become of them, by element."""
        return marks_of(self.specification, self.taken, self.past)

    @property
    def drawing_marks(self) -> dict[str, str]:
        """The states for the drawing, which knows no mark for what has not begun."""
        drawn = self.specification.steps
        return {one: mark.state for one, mark in self.marks.items() if mark.state != "idle" and one in drawn}

    @cached_property
    def last_round_ended_at(self) -> Any:
        """Since when changes are marked."""
        return history.end_of_last_round(self.entries, self.task, self.past)

    def label_of(self, name: str) -> str:
        """Name an input of the page, for a list of what was typed."""
        kind, _, key = name.partition(".")
        if kind == "f":
            drawn = next((one for one in self.step.fields if one.key == key), None)
            return pick(drawn, "label") if drawn else key
        if kind == "r":
            fields = catalogue_of(read_session(), self.task.subject_kind)
            found = next((one for one in fields if one.key == key), None)
            return pick(found, "label") if found else key
        if name == "comment":
            return gettext("Your comment")
        return gettext("Reason") if kind in ("reason", "why", "hand_over_reason") else key or name

    def problem(self, name: str) -> Any:
        """Give what is wrong with an input, if anything."""
        return self.problems.get(name)
