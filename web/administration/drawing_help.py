"""The help page about drawing: every word a drawing may use, in the reader's language."""

from typing import NamedTuple

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l

from web.access import access, administrator

bp = Blueprint("drawing_help", __name__, url_prefix="/procedures/help")


class Word(NamedTuple):
    """One word of the language with an example of how it is written and what it says."""

    name: str
    says: object
    written: str = ""


STEP = (
    Word("assignee", _l("Who does the step: a person or whoever holds a position."), "role('officer')"),
    Word("accountable", _l("Who answers for it when somebody else does it."), "homeroom_teacher()"),
    Word("due", _l("Until when; three working days if it is left out."), "workdays(3)"),
    Word("review", _l("What is under review beside the form."), "record pupils grades staff unit"),
    Word("signature", _l("The password is asked again and a signature recorded."), "required"),
    Word(
        "minutes",
        _l("The document that is made when the step is signed."),
        "person_confirmation staff_handover class_minutes school_report",
    ),
    Word("bulk", _l("The outcome that may be given to many tasks at once."), "accept"),
    Word("form", _l("Holds the fields that are filled in.")),
    Word(
        "field",
        _l("One field; its key becomes a variable."),
        "type: text textarea number date select radio checkbox person file · earliest, latest: today today-30d",
    ),
    Word("option", _l("One choice of a field.")),
    Word(
        "outcome",
        _l("One way to complete the step; without any there is “Done”."),
        "style: primary return neutral · reason: none optional required · of: persons pupils classes",
    ),
    Word("escalation", _l("Holds the rungs of the ladder.")),
    Word(
        "rung",
        _l("A reminder or escalation, in working time before or after the deadline."),
        "after: -2d 0 4h · to: assignee accountable head superior office · kind: remind escalate",
    ),
    Word("guidance", _l("A hint for whoever does the step, also as a link."), "https://…"),
)
ELSEWHERE = (
    Word("nameEn", _l("The English name of any element.")),
    Word("subject", _l("What one run of the procedure is about."), "school staff class assignment unit"),
    Word(
        "takes",
        _l("The variables a run is started with, or a message brings; nothing else of a message arrives."),
    ),
    Word("correlation", _l("The variables whose values a message must name to be for this run."), "student"),
    Word("pass", _l("The variables that are handed to each run that is called; * hands all on.")),
    Word("returns", _l("The variables that a called run hands back; * is all it has set."), "a, b as c"),
    Word("output", _l("The variable that takes the result of a call or a decision.")),
    Word("decision", _l("Which decision of the decision tables a business rule task makes."), "approval"),
    Word(
        "map",
        _l("The shape of its result, when it shall not be as the table gives it."),
        "singleEntry singleResult collectEntries resultList",
    ),
    Word("collection", _l("For each of what a called procedure runs."), "staff() classes()"),
    Word("result", _l("How a run ended; “done” and “excused” decide the entry on the roster."), "'done'"),
    Word("opens", _l("Reserved; nothing reads it yet.")),
)
PEOPLE = (
    Word(
        "role", _l("Whoever holds a position in the unit, or in another one."), "role('officer', superior())"
    ),
    Word("head", _l("The head of the unit."), "head()"),
    Word("superior", _l("The superior unit of today."), "head(superior())"),
    Word("homeroom_teacher", _l("The homeroom teacher of the class."), "homeroom_teacher()"),
    Word("subject_teacher", _l("The teacher of the subject in the class."), "subject_teacher()"),
    Word("person", _l("The member of staff under review."), "person()"),
)
TIMES = (
    Word("workdays", _l("The end of the n-th working day from now."), "workdays(3)"),
    Word("workhours", _l("n working hours from now."), "workhours(4)"),
    Word(
        "deadline",
        _l("The campaign's deadline for this unit: staff, class, school or report."),
        "deadline('class')",
    ),
    Word("instant", _l("A fixed instant, in local time."), "instant('2023-06-08T17:00')"),
    Word("now", _l("The present."), "now()"),
)
LISTS = (
    Word("staff", _l("The staff of the unit who have no outcome yet."), "staff()"),
    Word("classes", _l("The classes of the unit that have no outcome yet."), "classes()"),
    Word("assignments", _l("The subjects taught in the class."), "assignments()"),
    Word("schools", _l("The schools of the campaign."), "schools()"),
)
NAMES = (
    Word(
        "outcome", _l("The key of the outcome by which the last step was completed."), "outcome == 'accept'"
    ),
    Word(
        "initiator",
        _l("The person who started the run; nobody where the product started it."),
        "initiator or head()",
    ),
    Word("returned", _l("The single subjects that the last outcome named."), "len(returned) > 0"),
    Word("unit", _l("The unit of the run."), "unit.name unit.kind unit.levels"),
    Word("subject", _l("What the run is about."), "subject.kind subject.name"),
    Word("campaign", _l("The campaign."), "campaign.id"),
    Word("nrOfInstances", _l("How many runs a call has; only in its condition to complete early.")),
    Word("nrOfCompletedInstances", _l("How many of them have ended."), "nrOfCompletedInstances >= 3"),
    Word("nrOfActiveInstances", _l("How many of them go on.")),
)
COMPUTING = (
    Word("len", _l("How many there are in a list."), "len(returned)"),
    Word("min", _l("The least of several."), "min(workdays(2), deadline('class'))"),
    Word("max", _l("The greatest of several.")),
    Word("sum", _l("The sum of a list.")),
    Word("any", _l("Whether one of a list is true.")),
    Word("all", _l("Whether all of a list are true.")),
    Word("sorted", _l("A list in order.")),
    Word("distinct", _l("A list without repetitions.")),
    Word("abs", _l("A number without its sign.")),
    Word("round", _l("A rounded number.")),
    Word("int", _l("A whole number made of a text.")),
    Word("float", _l("A number made of a text.")),
    Word("str", _l("A text made of a number.")),
    Word("bool", _l("Yes or no.")),
    Word("lower", _l("A text in small letters.")),
    Word("startswith", _l("Whether a text begins with another."), "startswith(unit.name, 'THCS')"),
    Word("get", _l("A field of a record that may be missing."), "get(subject, 'name', '')"),
    Word(
        "field",
        _l("A field as other tools read it: nothing where the record or the field is not there."),
        "field(order, 'amount')",
    ),
    Word(
        "number",
        _l("The number that a text says, where a number stands beside it."),
        "number('10', amount) > amount",
    ),
    Word(
        "alike",
        _l("Whether two values are the same, also a text and the number that it says."),
        "alike('5', 5)",
    ),
    Word("days", _l("So many days, to be added to an instant."), "now() + days(3)"),
    Word("hours", _l("So many hours.")),
    Word("minutes", _l("So many minutes.")),
)
TABLES = (
    (_l("A step for a person"), STEP, "rs:"),
    (_l("On other elements"), ELSEWHERE, "rs:"),
    (_l("Who"), PEOPLE, ""),
    (_l("Until when"), TIMES, ""),
    (_l("For each of what"), LISTS, ""),
    (_l("Names that are always there"), NAMES, ""),
    (_l("For computing"), COMPUTING, ""),
)
EXAMPLES = (
    "outcome == 'accept'",
    "len(returned) > 0 and not approved",
    "officer or head()",
    "workdays(1) if urgent else workdays(3)",
)


@bp.get("/drawing")
@access(administrator)
def show() -> str:
    """Explain how a procedure is drawn."""
    return render_template("procedures/help.html", tables=TABLES, examples=EXAMPLES)
