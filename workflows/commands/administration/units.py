"""Units of the organisation: adding one below a superior, and changing what is said about it."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.database import HELD
from models.journal import JournalKind
from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from workflows.actor import Actor
from workflows.commands.administration.organisation import LOWEST
from workflows.commands.running.terms import local_date
from workflows.errors import (
    FormRefused,
    NotPermitted,
    Refusal,
    UnitUnknown,
    ValueMissing,
    ValueNotOffered,
    ValueTooLong,
)
from workflows.errors.accounts import CodeBad, CodeTaken, SuperiorUnfit
from workflows.policy.person_names import fold
from workflows.queries.administration.territory import administers
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# A store has the departments it was set up with.
ADDED = tuple(kind for kind in UnitKind if kind is not UnitKind.DEPARTMENT)
CODE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
LONGEST = {"name": 200, "short_name": 80, "place": 80, "contact": 300}
LONGEST_CODE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """What is said about a unit, as it was typed; `levels` are codes of school levels."""

    name: str
    short_name: str
    place: str
    contact: str
    levels: tuple[str, ...] = ()


def add_unit(
    work: UnitOfWork,
    *,
    actor: Actor,
    superior_id: int,
    kind: str,
    code: str,
    facts: UnitFacts,
    request_key: str | None = None,
) -> OrganisationUnit:
    """Add a unit that reports to another one from today on; without a code it gets one made of its short name.

    Refuses who does not administer the superior, a superior to which nothing reports, and values that are
    missing, too long, not offered or taken (FormRefused).
    """
    refuse_repeated(work, request_key)
    superior = work.session.get(OrganisationUnit, superior_id)
    if superior is None:
        raise UnitUnknown
    today = local_date(work.now)
    if not administers(work.session, actor, superior_id, today):
        raise NotPermitted
    if superior.kind in LOWEST:
        raise SuperiorUnfit(unit=superior.short_name)
    problems = _problems(facts, kind)
    if kind not in ADDED:
        problems["kind"] = ValueNotOffered()
    if code and not CODE.fullmatch(code):
        problems["code"] = CodeBad()
    elif code and _has_code(work, code):
        problems["code"] = CodeTaken(code=code)
    if problems:
        raise FormRefused(problems)
    unit = OrganisationUnit(
        kind=UnitKind(kind), code=code or _free_code(work, facts.short_name or facts.name)
    )
    _write(unit, facts)
    work.session.add(unit)
    try:
        work.session.flush()
    except IntegrityError as error:
        # Somebody took the code at the same moment.
        raise FormRefused({"code": CodeTaken(code=unit.code)}) from error
    work.session.add(ReportingLine(unit_id=unit.id, superior_id=superior_id, from_on=today))
    work.session.flush()
    details = {**_told(unit), "kind": kind, "code": unit.code, "superior": superior_id}
    _record(work, JournalKind.UNIT_ADDED, actor, unit.id, details, request_key)
    return unit


def change_unit(
    work: UnitOfWork, *, actor: Actor, unit_id: int, facts: UnitFacts, request_key: str | None = None
) -> OrganisationUnit:
    """Change names, place, contact and levels of a unit; what it is and its code stay.

    Refuses who does not administer it, and values as `add_unit` does.
    """
    refuse_repeated(work, request_key)
    unit = work.session.get(OrganisationUnit, unit_id, with_for_update=HELD)
    if unit is None:
        raise UnitUnknown
    if not administers(work.session, actor, unit_id, local_date(work.now)):
        raise NotPermitted
    if problems := _problems(facts, unit.kind):
        raise FormRefused(problems)
    before = _told(unit)
    _write(unit, facts)
    after = _told(unit)
    changed = [name for name in after if after[name] != before[name]]
    details = {
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
    work.session.flush()
    _record(work, JournalKind.UNIT_CHANGED, actor, unit_id, details, request_key)
    return unit


def _problems(facts: UnitFacts, kind: str) -> dict[str, Refusal]:
    problems: dict[str, Refusal] = {}
    typed = asdict(facts)
    for name, most in LONGEST.items():
        if len(typed[name]) > most:
            problems[name] = ValueTooLong(most=most)
    if not facts.name:
        problems["name"] = ValueMissing()
    if not facts.short_name and len(facts.name) > LONGEST["short_name"]:
        problems["short_name"] = ValueMissing()
    if any(level not in set(SchoolLevel) for level in facts.levels):
        problems["levels"] = ValueNotOffered()
    elif kind == UnitKind.SCHOOL and not facts.levels:
        # Deadlines and what is reviewed hang on the level.
        problems["levels"] = ValueMissing()
    return problems


def _write(unit: OrganisationUnit, facts: UnitFacts) -> None:
    unit.name, unit.short_name = facts.name, facts.short_name or facts.name
    unit.place, unit.contact = facts.place, facts.contact
    of_school = facts.levels if unit.kind is UnitKind.SCHOOL else ()
    unit.levels = frozenset(SchoolLevel(level) for level in of_school)
    unit.search_text = fold(f"{unit.short_name} {unit.name} {unit.code}")[:300]


def _free_code(work: UnitOfWork, name: str) -> str:
    """Make a code of a name: "THCS Mẫu" gives "thcs-mau", the second one "thcs-mau-2"."""
    stem = "-".join(re.findall(r"[a-z0-9]+", fold(name)))[: LONGEST_CODE - 5].strip("-") or "don-vi"
    taken = set(
        work.session.scalars(
            select(OrganisationUnit.code).where(
                OrganisationUnit.code >= stem, OrganisationUnit.code < f"{stem}~"
            )
        )
    )
    number = 1
    while (code := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return code


def _has_code(work: UnitOfWork, code: str) -> bool:
    found = select(OrganisationUnit.id).where(OrganisationUnit.code == code)
    return work.session.scalar(found) is not None


def _told(unit: OrganisationUnit) -> dict[str, Any]:
    return {
        "name": unit.name,
        "short_name": unit.short_name,
        "place": unit.place,
        "contact": unit.contact,
        "levels": unit.level_codes,
    }


def _record(
    work: UnitOfWork,
    kind: JournalKind,
    actor: Actor,
    unit_id: int,
    details: dict[str, Any],
    request_key: str | None,
) -> None:
    record(work, kind, unit_id=unit_id, actor_id=actor.person_id, details=details, request_key=request_key)
