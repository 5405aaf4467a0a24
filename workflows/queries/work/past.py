"""Which versions of its drawing a run had, and when: what was done before a migration is told in the words of then."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind


@dataclass(frozen=True, slots=True)
class Migrated:
    """One run left a version: at which entry of the journal, and which elements have another identifier since."""

    entry_id: int
    instance_id: int
    from_version_id: int
    renamed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """The migrations of one or several runs, oldest first, and the versions they run now."""

    migrations: tuple[Migrated, ...] = ()
    present: Mapping[int, int] = field(default_factory=dict)

    def version_of(self, entry: JournalEntry) -> int | None:
        """Give the version that an entry's run had then; None: of this run nothing is known."""
        for one in self.migrations:
            if one.instance_id == entry.instance_id and entry.id < one.entry_id:
                return one.from_version_id
        return self.present.get(entry.instance_id or 0)

    @property
    def versions_left(self) -> list[int]:
        """The versions that were left, the last one first."""
        return list(dict.fromkeys(one.from_version_id for one in reversed(self.migrations)))

    def names_of(self, element_id: str) -> set[str]:
        """Give all identifiers that an element has had."""
        names = {element_id}
        for _ in self.migrations:
            pairs = (pair for one in self.migrations for pair in one.renamed.items())
            names.update(name for pair in pairs if not names.isdisjoint(pair) for name in pair)
        return names

    def known_as(self, element_id: str, drawn: Collection[str]) -> str:
        """Give the identifier that an element has among those of a drawing; its own where it is not in it."""
        if element_id in drawn:
            return element_id
        return next((one for one in sorted(self.names_of(element_id)) if one in drawn), element_id)


def past_in(session: Session, entries: Iterable[JournalEntry], present: Mapping[int, int]) -> Past:
    """Find the migrations among entries, oldest first; of runs that are not in `present` the version is read."""
    migrations, runs = [], dict(present)
    unknown = set()
    for entry in entries:
        if entry.instance_id is None:
            continue
        if entry.instance_id not in runs:
            unknown.add(entry.instance_id)
        if entry.kind is JournalKind.INSTANCE_MIGRATED:
            details = entry.details
            migrations.append(
                Migrated(entry.id, entry.instance_id, details["from"], details.get("mapping", {}))
            )
    if unknown:
        query = select(ProcessInstance.id, ProcessInstance.version_id).where(ProcessInstance.id.in_(unknown))
        runs.update((run_id, version_id) for run_id, version_id in session.execute(query))
    return Past(tuple(migrations), runs)


def past_of(session: Session, instance_id: int, version_id: int) -> Past:
    """Find the migrations of one run, which has this version now."""
    entries = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.instance_id == instance_id, JournalEntry.kind == JournalKind.INSTANCE_MIGRATED)
        .order_by(JournalEntry.id)
    )
    return past_in(session, entries, {instance_id: version_id})
