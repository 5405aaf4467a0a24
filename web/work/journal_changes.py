"""What a correction changed, field by field, for the history: as a record page shows it, or names of fields alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.catalogue import FieldDefinition
from models.journal import JournalEntry, JournalKind
from models.person import Person
from models.school import Pupil, StaffMember
from web.i18n import pick
from web.work.record_view import masked, written
from workflows.queries.records.records import catalogue_of

# In clear, as whoever judges the record reads it; sensitive values by their ends; or no value at all.
Shown = Literal["clear", "masked", "names"]


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a correction; without values where the reader may not see them."""

    label: str
    before: str = ""
    after: str = ""
    valued: bool = True


@dataclass(frozen=True, slots=True)
class Records:
    """What is needed to speak of corrections: whose record it is, its fields, and how much of them may be read."""

    shown: Shown = "names"
    fields: Mapping[str, Sequence[FieldDefinition]] = field(default_factory=dict)
    names: Mapping[tuple[str, int], str] = field(default_factory=dict)

    def name(self, details: Mapping[str, Any]) -> str:
        """Name whose record was corrected."""
        return self.names.get(_subject(details), "")

    def changes(self, details: Mapping[str, Any]) -> tuple[Change, ...]:
        """Tell what an entry changed, in the order of the record."""
        before, after = details.get("before", {}), details.get("after", {})
        known = [one for one in self.fields.get(str(details.get("kind")), ()) if one.key in after]
        return tuple(self._change(one, before.get(one.key), after[one.key]) for one in known)

    def _change(self, definition: FieldDefinition, before: object, after: object) -> Change:
        label = pick(definition, "label")
        if self.shown == "names":
            return Change(label, valued=False)
        masks = definition.sensitive and self.shown == "masked"

        def say(value: object) -> str:
            text = written(definition, value)
            return (masked(text) if masks else text) or gettext("empty")

        return Change(label, say(before), say(after))


def records_in(session: Session, entries: Iterable[JournalEntry], shown: Shown) -> Records:
    """Read what the corrections among some entries are about; no statement where there is none."""
    about = {_subject(one.details) for one in entries if one.kind is JournalKind.RECORD_CORRECTED}
    if not about:
        return Records(shown)
    fields = {kind: catalogue_of(session, kind) for kind in sorted({kind for kind, _ in about})}
    names: dict[tuple[str, int], str] = {}
    pupils = [one for kind, one in about if kind == SubjectKind.PUPIL]
    staff = [one for kind, one in about if kind == SubjectKind.STAFF]
    if pupils:
        found = session.execute(select(Pupil.id, Pupil.full_name).where(Pupil.id.in_(pupils)))
        names |= {(str(SubjectKind.PUPIL), one): name for one, name in found}
    if staff:
        query = select(StaffMember.id, Person.full_name).join(Person, Person.id == StaffMember.person_id)
        found = session.execute(query.where(StaffMember.id.in_(staff)))
        names |= {(str(SubjectKind.STAFF), one): name for one, name in found}
    return Records(shown, fields, names)


def variables_changed(details: Mapping[str, Any], write: Callable[[str, object], str]) -> tuple[Change, ...]:
    """Tell what an operator's correction of variables changed."""
    before, after = details.get("before", {}), details.get("after", {})
    return tuple(
        Change(name, write(name, before.get(name)), write(name, after[name])) for name in sorted(after)
    )


def _subject(details: Mapping[str, Any]) -> tuple[str, int]:
    return str(details.get("kind")), int(details.get("subject_id") or 0)
