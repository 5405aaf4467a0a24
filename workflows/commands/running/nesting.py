"""How much may follow from one act: procedures that call one another with nobody asked would never end."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import bindparam, text

from models.types import Instant
from workflows.commands.running.runs import Run
from workflows.engine.language.reasons import N_, Reason
from workflows.errors import InstanceStuck
from workflows.unit_of_work import UnitOfWork

# Calls that lie within one another and begin in one act; no honest procedure comes near it.
DEEPEST = 50
_BEGUN = "runs begun in this act"
# The calls above a run, up to the first that is older than this act.
_ABOVE = text(
    """
    WITH RECURSIVE above(id, group_id) AS (
        SELECT id, group_id FROM process_instance WHERE id = :instance_id
        UNION ALL
        SELECT parent.id, parent.group_id FROM above
        JOIN child_group g ON g.id = above.group_id
        JOIN process_instance parent ON parent.id = g.parent_id
        WHERE g.opened_at = :now
    )
    SELECT count(*) - 1 FROM above
    """
).bindparams(bindparam("now", type_=Instant))


@contextmanager
def bounded(work: UnitOfWork, run: Run) -> Iterator[None]:
    """Let a run begin, with all that follows from it; refuses with InstanceStuck what has no end in sight."""
    begun = work.cache[_BEGUN] = work.cache.get(_BEGUN, 0) + 1  # type: ignore[operator]
    # Looked up only where so many have begun already.
    if begun > DEEPEST and _calls_above(work, run) >= DEEPEST:
        raise _stuck(
            work, run, Reason(N_("%(most)s calls lie within one another with nobody asked"), most=DEEPEST)
        )
    try:
        yield
    except RecursionError as error:
        raise _stuck(work, run, Reason(N_("too much follows from one act with nobody asked"))) from error


def _stuck(work: UnitOfWork, run: Run, reason: Reason) -> InstanceStuck:
    return InstanceStuck(work.engine.specification(run.version_id).key, reason)


def _calls_above(work: UnitOfWork, run: Run) -> int:
    found = work.session.execute(_ABOVE, {"instance_id": run.id, "now": work.now})
    return int(found.scalar_one())
