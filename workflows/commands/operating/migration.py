"""Migration to another version of the same procedure: planned without touching anything, then done batch by batch.

A migration is a row. Each batch is a transaction of its own that also writes down how far it has come: after a crash
any worker goes on behind the last batch. An instance that cannot move stays where it is, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update

from models.database import HELD
from models.instance import ChildGroup, GroupState, ProcessInstance, Timer
from models.journal import JournalKind
from models.migration import Migration, MigrationRefusal, MigrationState
from models.process import ProcessVersion
from workflows.actor import Actor
from workflows.commands.operating.acts import UNFINISHED, record_on, require_reason
from workflows.commands.operating.carrying import go, way_of
from workflows.commands.operating.incidents import close_of_timers
from workflows.commands.operating.mended import tell_who_tried
from workflows.commands.operating.repairs import revive_timers
from workflows.commands.running.runs import Run, lock_run, read_run
from workflows.commands.running.spawning import MORE, START
from workflows.errors import InstanceStuck, Refusal, StateUnreadable, VersionUnfit
from workflows.errors.operating import (
    ChosenRunNoMore,
    MappingOfAnotherKind,
    MappingUnfit,
    MigrationGone,
    MigrationUnderWay,
    MoveFailed,
    NothingToMigrate,
    VersionOfAnother,
)
from workflows.policy.permissions import require_may_manage_procedures
from workflows.queries.procedures import departments
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

# Instances of one page of a plan, which holds nobody up.
PLANNED_AT_ONCE = 100
# Of one transaction: 6 to 16 ms each, and with SQLite nobody else writes meanwhile.
BATCH = 50
# An instance that fails so often is passed over.
TRIES = 3
# What keeps one instance from moving; anything else is a fault of ours and stops the batch.
REASONS = (VersionUnfit, InstanceStuck, StateUnreadable)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a plan says of one instance: it moves (`refusal` is None), or why not, with the element it stands at.

    `appeared` and `dropped` name boundary events that begin or cease to wait, `absent` event sub-processes that the
    instance will never open.
    """

    instance_id: int
    subject_name: str
    unit_id: int
    refusal: Refusal | None = None
    element_id: str = ""
    element_name: str = ""
    appeared: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def obstacles(self) -> Sequence[Refusal]:
        """What keeps it, each missing element by a refusal of its own."""
        if isinstance(self.refusal, VersionUnfit):
            return [VersionUnfit(one) for one in self.refusal.elements]
        return [self.refusal] if self.refusal else []

    @property
    def moves(self) -> bool:
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Plan:
    """One page of a dry run; `next` is the id after which the next page begins (None: this is the last)."""

    verdicts: Sequence[Verdict]
    next: int | None
    # Of all pages together.
    total: int


def plan(
    work: UnitOfWork,
    *,
    actor: Actor,
    from_version_id: int,
    to_version_id: int,
    instance_ids: Sequence[int] | None = None,
    mapping: Mapping[str, str] | None = None,
    after: int = 0,
    limit: int = PLANNED_AT_ONCE,
) -> Plan:
    """Say for each instance whether it would move, and why not; nothing is changed or locked.

    Refuses who keeps no procedures, versions of different procedures, and a mapping of elements that are not there.
    """
    require_may_manage_procedures(actor, departments(work.session))
    _require_versions(work, from_version_id, to_version_id)
    meant = _checked(work, from_version_id, to_version_id, mapping)
    concerned = _concerned(from_version_id, instance_ids)
    ids = work.session.scalars(_after(concerned, after, limit + 1)).all()
    verdicts = [_verdict(work, one, to_version_id, meant) for one in ids[:limit]]
    return Plan(verdicts, ids[limit - 1] if len(ids) > limit else None, _count(work, concerned))


def begin_migration(
    work: UnitOfWork,
    *,
    actor: Actor,
    from_version_id: int,
    to_version_id: int,
    reason: str,
    instance_ids: Sequence[int] | None = None,
    mapping: Mapping[str, str] | None = None,
    request_key: str | None = None,
) -> Migration:
    """Order a migration of one instance, some, or all of a version (None), and do its first batch at once.

    Refuses as `plan` does, a missing reason, a version of which nothing runs (NothingToMigrate), and a second order
    while one of the same version is under way (MigrationUnderWay).
    """
    department = require_may_manage_procedures(actor, departments(work.session))
    work.session.get(ProcessVersion, from_version_id, with_for_update=HELD)
    refuse_repeated(work, request_key)
    why = require_reason(reason)
    _require_versions(work, from_version_id, to_version_id)
    meant = _checked(work, from_version_id, to_version_id, mapping)
    if work.session.scalar(_under_way(from_version_id)) is not None:
        raise MigrationUnderWay
    planned = _count(work, _concerned(from_version_id, instance_ids))
    if not planned:
        raise NothingToMigrate if instance_ids is None else ChosenRunNoMore
    made = Migration(
        from_version_id=from_version_id,
        to_version_id=to_version_id,
        state=MigrationState.RUNNING,
        chosen=sorted(set(instance_ids)) if instance_ids is not None else None,
        mapping=meant,
        reason=why,
        planned=planned,
        last_id=0,
        moved=0,
        refused=0,
        tries=0,
        started_at=work.now,
        started_by_id=actor.person_id,
    )
    work.session.add(made)
    work.session.flush()
    details = {"migration": made.id, "from": from_version_id, "to": to_version_id, "reason": why}
    record(
        work,
        JournalKind.INSTANCE_MIGRATED,
        unit_id=department,
        actor_id=actor.person_id,
        details={**details, "planned": planned, "mapping": meant},
        request_key=request_key,
    )
    _batch(work, made, BATCH)
    return made


def stop_migration(work: UnitOfWork, *, actor: Actor, migration_id: int, reason: str) -> None:
    """Stop a migration under way; what has moved stays moved."""
    department = require_may_manage_procedures(actor, departments(work.session))
    made = work.session.get(Migration, migration_id, with_for_update=HELD)
    if made is None or made.state is not MigrationState.RUNNING:
        raise MigrationGone
    made.state, made.ended_at, made.cause = MigrationState.STOPPED, work.now, require_reason(reason)
    details = {"migration": made.id, "from": made.from_version_id, "to": made.to_version_id}
    record(
        work,
        JournalKind.INSTANCE_MIGRATED,
        unit_id=department,
        actor_id=actor.person_id,
        details={**details, "reason": made.cause, "stopped": True, "moved": made.moved},
    )


def due_migrations(work: UnitOfWork, limit: int) -> list[int]:
    """List the migrations under way, oldest first."""
    query = select(Migration.id).where(Migration.state == MigrationState.RUNNING)
    return list(work.session.scalars(query.order_by(Migration.id).limit(limit)))


def migrate_batch(work: UnitOfWork, migration_id: int, limit: int = BATCH) -> bool:
    """Go on with a migration by one batch; false where it has ended or another worker is at it."""
    query = select(Migration).where(Migration.id == migration_id).with_for_update(skip_locked=True, **HELD)
    made = work.session.scalar(query)
    if made is None or made.state is not MigrationState.RUNNING:
        return False
    # After a failure one by one: what is wrong with one must not keep the others.
    _batch(work, made, 1 if made.tries else limit)
    return True


def postpone(work: UnitOfWork, migration_id: int, cause: str) -> None:
    """Try a batch that failed again, instance by instance; one that fails again and again stays, with the cause."""
    made = work.session.get_one(Migration, migration_id)
    made.tries += 1
    if made.tries < TRIES:
        return
    following = work.session.scalar(_after(_concerned(made.from_version_id, made.chosen), made.last_id, 1))
    if following is None:
        made.state, made.ended_at, made.cause = MigrationState.STOPPED, work.now, cause[:1000]
        return
    work.session.add(_refusal(made, following, MoveFailed(cause=cause[:500])))
    made.last_id, made.refused, made.tries = following, made.refused + 1, 0


def _batch(work: UnitOfWork, made: Migration, limit: int) -> None:
    concerned = _concerned(made.from_version_id, made.chosen)
    ids = work.session.scalars(_after(concerned, made.last_id, limit)).all()
    for instance_id in ids:
        refusal = _move(work, made, lock_run(work.connection, instance_id))
        made.last_id = instance_id
        if refusal is None:
            made.moved += 1
        else:
            made.refused += 1
            work.session.add(_refusal(made, instance_id, refusal))
    made.tries = 0
    if len(ids) < limit:
        made.state, made.ended_at = MigrationState.FINISHED, work.now
        if made.chosen is None:
            _groups_follow(work, made)
    work.session.flush()


def _move(work: UnitOfWork, made: Migration, run: Run) -> Refusal | None:
    if run.version_id != made.from_version_id or run.state not in UNFINISHED:
        # It ended, or somebody else moved it, while this was on its way.
        return None
    mapping: dict[str, str] = made.mapping
    try:
        way = way_of(work, run, made.to_version_id, mapping)
    except REASONS as refusal:
        return refusal
    go(work, run, way, made.to_version_id, mapping)
    details: dict[str, Any] = {
        "migration": made.id,
        "from": made.from_version_id,
        "to": made.to_version_id,
        "reason": made.reason,
    }
    if mapping:
        # By it what was done before is found on the new drawing.
        details["mapping"] = mapping
    if way.over is not None:
        details |= {"appeared": list(way.over.appeared), "dropped": list(way.over.dropped)}
    record_on(work, JournalKind.INSTANCE_MIGRATED, run, made.started_by_id, details)
    # What failed in the old drawing is tried again in the new one.
    close_of_timers(work, run, made.started_by_id, made.reason)
    revive_timers(work, run, Timer.token.in_([START, MORE]))
    tell_who_tried(work, run.id, made.reason)
    return None


def _groups_follow(work: UnitOfWork, made: Migration) -> None:
    """Whoever joins a group of migrated children later starts on their version; a sub-process is its parent's."""
    work.session.execute(
        update(ChildGroup)
        .where(ChildGroup.version_id == made.from_version_id, ChildGroup.state == GroupState.OPEN)
        .where(ChildGroup.area == "")
        .values(version_id=made.to_version_id),
        execution_options={"synchronize_session": False},
    )


def _verdict(work: UnitOfWork, instance_id: int, to_version_id: int, mapping: Mapping[str, str]) -> Verdict:
    run = read_run(work.connection, instance_id)
    about = {"instance_id": run.id, "subject_name": run.subject_name, "unit_id": run.unit_id}
    try:
        way = way_of(work, run, to_version_id, mapping)
    except REASONS as refusal:
        element = str(refusal.params.get("element", ""))
        names = work.engine.specification(run.version_id).names
        return Verdict(**about, refusal=refusal, element_id=element, element_name=names.get(element, ""))  # type: ignore[arg-type]
    over = way.over
    if over is None:
        return Verdict(**about)  # type: ignore[arg-type]
    return Verdict(**about, appeared=over.appeared, dropped=over.dropped, absent=over.absent)  # type: ignore[arg-type]


def _refusal(made: Migration, instance_id: int, refusal: Refusal) -> MigrationRefusal:
    params = {name: str(value)[:500] for name, value in refusal.params.items()}
    return MigrationRefusal(
        migration_id=made.id,
        instance_id=instance_id,
        element_id=params.get("element", "")[:120],
        msgid=(type(refusal).__doc__ or "").strip()[:300],
        params=params,
    )


def _concerned(version_id: int, instance_ids: Sequence[int] | None) -> Select[Any]:
    query = select(ProcessInstance.id).where(
        ProcessInstance.version_id == version_id, ProcessInstance.state.in_(UNFINISHED)
    )
    return query if instance_ids is None else query.where(ProcessInstance.id.in_(instance_ids))


def _after(concerned: Select[Any], after: int, limit: int) -> Select[Any]:
    return concerned.where(ProcessInstance.id > after).order_by(ProcessInstance.id).limit(limit)


def _count(work: UnitOfWork, concerned: Select[Any]) -> int:
    return work.session.scalar(select(func.count()).select_from(concerned.subquery())) or 0


def _under_way(version_id: int) -> Select[Any]:
    return select(Migration.id).where(
        Migration.from_version_id == version_id, Migration.state == MigrationState.RUNNING
    )


def _require_versions(work: UnitOfWork, from_version_id: int, to_version_id: int) -> None:
    definitions = work.session.scalars(
        select(ProcessVersion.definition_id).where(ProcessVersion.id.in_([from_version_id, to_version_id]))
    ).all()
    if len(definitions) != 2 or len(set(definitions)) != 1:
        raise VersionOfAnother


def _checked(
    work: UnitOfWork, from_version_id: int, to_version_id: int, mapping: Mapping[str, str] | None
) -> dict[str, str]:
    """Give the mapping without what stays the same; refuses elements that are in neither drawing, or of other kinds."""
    old, new = (work.engine.elements(one) for one in (from_version_id, to_version_id))
    for before, afterwards in (mapping or {}).items():
        if before not in old or afterwards not in new:
            raise MappingUnfit(old=before, new=afterwards)
    meant = {before: one for before, one in (mapping or {}).items() if before != one}
    for before, afterwards in meant.items():
        if afterwards not in work.engine.replacing(from_version_id, to_version_id, before, meant):
            raise MappingOfAnotherKind(old=before, new=afterwards)
    return meant
