"""Puts faults of drawings and changes between versions into words."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from models.process import ProcessDraft
from web.i18n import page_language
from web.wording import say_problem
from workflows.commands.administration.procedure_changes import Change, ChangeKind
from workflows.engine import Problem, Specification
from workflows.engine.specification import LEFT_OUT

SEVERITIES = ("error", "warning", "note")
# Fields of a step as the studio's panel calls them.
PARTS = {
    "name": _l("name"),
    "name_en": _l("English name"),
    "lane": _l("lane"),
    "documentation": _l("description"),
    "assignee": _l("assignee"),
    "accountable": _l("accountable person"),
    "due": _l("deadline"),
    "review": _l("what is reviewed"),
    "minutes": _l("minutes"),
    "signature": _l("signature"),
    "bulk": _l("approval of several at once"),
    "fields": _l("form"),
    "outcomes": _l("outcomes"),
    "escalation": _l("escalation"),
    "guidance": _l("guidance"),
}


# What changes about a procedure as a whole; %(name)s is its new name.
WHOLE = {
    "name": _l("The procedure is now called “%(name)s”"),
    "name_en": _l("The English name of the procedure changes"),
    "rules": _l("What the procedure is about or is started with changes"),
    "documentation": _l("Descriptions or remarks on the drawing change"),
    "flows": _l("Flows change: what follows what, or under which condition"),
    "decisions": _l("The decision table “%(name)s” changes"),
    "looks": _l("Only the drawing changes: where things stand on it. The procedure runs as before."),
}


def lane_of(specification: Specification, name: str) -> str:
    """Name a lane in the reader's language."""
    if page_language() != "en":
        return name
    english = (specification.names_en.get(one) for one, given in specification.names.items() if given == name)
    return next((one for one in english if one), name)


def problem_rows(problems: Iterable[Problem]) -> list[dict[str, str | int]]:
    """Give problems as the studio shows them: errors first, notes last, each with element, text and remedy.

    What a long list leaves out comes last of all.
    """
    ordered = sorted(
        problems,
        key=lambda problem: (problem.code in LEFT_OUT, SEVERITIES.index(problem.severity), problem.line),
    )
    return [_row(problem) for problem in ordered]


def stored_problem_rows(draft: ProcessDraft) -> list[dict[str, str | int]] | None:
    """Give what the last check of this draft found, or None when it was not checked as it is."""
    return kept_problem_rows(draft.problems)


def kept_problem_rows(kept: Sequence[Mapping[str, Any]] | None) -> list[dict[str, str | int]] | None:
    """Give problems that were kept with a drawing, None when none were."""
    return None if kept is None else problem_rows(Problem(**found) for found in kept)


def words_of(changes: Sequence[Change]) -> list[str]:
    """Say each change in one line."""
    return [_sentence(change) for change in changes]


def _row(problem: Problem) -> dict[str, str | int]:
    reason, remedy = say_problem(problem)
    place = _place(problem)
    return {
        "element": problem.element_id,
        "text": f"{place}: {reason}" if place else reason,
        "remedy": "" if problem.severity == "note" else remedy,
        "severity": problem.severity,
        "count": 0 if problem.severity == "note" else problem.stands_for,
    }


def _place(problem: Problem) -> str:
    """Name the element as people know it, with the id by which other tools find it."""
    if problem.element_name and problem.element_id:
        return f"{problem.element_name} ({problem.element_id})"
    if problem.element_name or problem.element_id:
        return problem.element_name or problem.element_id
    return gettext("Line %(number)s", number=problem.line) if problem.line else ""


def _sentence(change: Change) -> str:
    name = change.name
    match change.kind, change.is_step:
        case ChangeKind.WHOLE, _:
            return str(WHOLE[change.parts[0]]) % {"name": name}
        case ChangeKind.ADDED, True:
            return gettext('New step "%(name)s"', name=name)
        case ChangeKind.REMOVED, True:
            return gettext('Step "%(name)s" is dropped', name=name)
        case ChangeKind.ADDED, False:
            return gettext('New element "%(name)s"', name=name)
        case ChangeKind.REMOVED, False:
            return gettext('Element "%(name)s" is dropped', name=name)
        case ChangeKind.CHANGED, False:
            return gettext('Element "%(name)s" changes', name=name)
    parts = ", ".join(str(PARTS.get(part, part)) for part in change.parts)
    if change.was:
        return gettext(
            'Step "%(was)s" is called "%(name)s" now and changes: %(parts)s',
            was=change.was,
            name=name,
            parts=parts,
        )
    return gettext('Step "%(name)s" changes: %(parts)s', name=name, parts=parts)
