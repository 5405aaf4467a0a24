"""The watchdog: walks all instances bit by bit and opens one incident for each thing that is wrong with one.

It walks the primary key, so that it needs no index of its own and a look costs the same however large the store is.
How far it has come stands in the store: another worker, or the next one, goes on from there.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models.instance import Incident, InstanceState, ProcessInstance
from workflows.commands.operating.acts import UNFINISHED
from workflows.commands.operating.findings import findings_in, findings_of
from workflows.commands.operating.incidents import close, task_of
from workflows.commands.operating.opening import open_incident
from workflows.commands.running.runs import Run, lock_run
from workflows.settings import lock_setting, store_setting
from workflows.unit_of_work import UnitOfWork

Begin = Callable[[], AbstractContextManager[UnitOfWork]]

# How far the walk has come: "after" (the last id), "began_at" and "ended_at" of the rounds.
SETTING = "watchdog"
# Open incidents that one look asks about again: more would mean that nobody looks at any.
ASKED_AGAIN = 200


def watch(reading: sessionmaker[Session], begin: Begin, limit: int) -> int:
    """Look at the next instances, and again at those with an open incident; give how many incidents were opened.

    The look itself holds nobody up: only what it found is looked at again under locks.
    """
    with begin() as work:
        standing = lock_setting(work.session, SETTING, lambda: {"after": 0})
        engine, now = work.engine, work.now
    if standing is None:
        return 0
    with reading() as session:
        ids = session.scalars(
            select(ProcessInstance.id)
            .where(ProcessInstance.id > int(standing["after"]))
            .order_by(ProcessInstance.id)
            .limit(limit)
        ).all()
        suspects = {found.instance_id for found in findings_of(session, engine, now, ids)} if ids else ()
    with begin() as work:
        # Another worker may have come here in the meantime: it has seen the same.
        held = lock_setting(work.session, SETTING, dict)
        if held is None or held["after"] != standing["after"]:
            return 0
        opened = sum(_open(work, lock_run(work.connection, one)) for one in sorted(suspects))
        _ask_again(work)
        looked = {"looked_at": work.now.isoformat()}
        if len(ids) < limit:
            looked |= {"ended_at": work.now.isoformat()}
        store_setting(work.session, SETTING, {**held, **looked, "after": ids[-1] if len(ids) == limit else 0})
    return opened


def _open(work: UnitOfWork, run: Run) -> int:
    """Open an incident for each thing that is still wrong now that the instance is held, and not known yet."""
    known = work.session.scalars(
        select(Incident.finding).where(Incident.instance_id == run.id, Incident.resolved_at.is_(None))
    ).all()
    new = [found for found in findings_in(work, run.id) if found.finding not in known]
    for found in new:
        open_incident(work, run, cause=found.cause, element=found.element_id, finding=found.finding)
    return len(new)


def _ask_again(work: UnitOfWork) -> None:
    """Close the incidents of instances that have moved on: of those with a finding that is gone, and of ended ones."""
    rows = work.session.execute(
        select(Incident, ProcessInstance.id, ProcessInstance.state)
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .where(Incident.resolved_at.is_(None))
        .where(Incident.finding.is_not(None) | ProcessInstance.state.not_in(UNFINISHED))
        .order_by(Incident.id)
        .limit(ASKED_AGAIN)
    ).all()
    for incident, instance_id, state in rows:
        still = {found.finding for found in findings_in(work, instance_id)}
        if incident.finding not in still and _may_close(work, incident, state):
            close(work, incident, lock_run(work.connection, instance_id), None, "")


def _may_close(work: UnitOfWork, incident: Incident, state: InstanceState) -> bool:
    if incident.finding is not None:
        return True
    # What could not be printed or brought after the end of an instance is not over with it.
    over = incident.timer_id is not None or task_of(work, incident) is not None
    return state not in UNFINISHED and over
