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
from workflows.commands.operating.incidents import close, is_over
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
    """Close the incidents that are over: what was found is gone, or what an act, timer or ladder failed at is done."""
    rows = work.session.execute(
        select(Incident, ProcessInstance.state)
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        # What could not be brought or printed is over with nothing.
        .where(Incident.resolved_at.is_(None), Incident.sent_id.is_(None))
        .order_by(Incident.id)
        .limit(ASKED_AGAIN)
    ).all()
    for incident, state in rows:
        if incident.instance_id is not None and _may_close(work, incident, state):
            run = lock_run(work.connection, incident.instance_id)
            work.session.refresh(incident)
            if incident.resolved_at is None:
                close(work, incident, run, None, "")


def _may_close(work: UnitOfWork, incident: Incident, state: InstanceState) -> bool:
    if incident.finding is not None:
        found = findings_in(work, incident.instance_id or 0)
        return incident.finding not in {one.finding for one in found}
    return (state not in UNFINISHED and incident.timer_id is not None) or is_over(work, incident)
