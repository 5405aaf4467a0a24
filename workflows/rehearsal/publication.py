"""Publishing in a rehearsal: the product's own check and import pass, once for each file in a process."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Lock

from models.person import Position
from workflows.actor import actor_of
from workflows.commands.administration import procedures
from workflows.commands.running.terms import local_date
from workflows.engine.check import Checked, check_and_mend
from workflows.queries.procedures import published_keys
from workflows.rehearsal.authority import Authority
from workflows.rehearsal.errors import NobodyAdministers
from workflows.unit_of_work import UnitOfWork

# Checks wait for a process of their own, two of them as well as one.
AT_ONCE = 2

_judged: dict[tuple[str, frozenset[str]], Checked] = {}
_keeping = Lock()


def judge(xml: str, known: Collection[str]) -> Checked:
    """Check a diagram as publishing does; the same file is checked once in the life of this process."""
    key = (sha256(xml.encode()).hexdigest(), frozenset(known))
    with _keeping:
        found = _judged.get(key)
    if found is None:
        found = check_and_mend(xml.encode(), known)
        if not any(problem.code == "check_failed" for problem in found.problems):
            with _keeping:
                _judged[key] = found
    return found


def prepare(drawings: Sequence[str], known: Collection[str]) -> list[tuple[str, Checked]]:
    """Check diagrams that may call one another; give each with what was found."""
    keys = {*known, *(procedures.read_heading(xml, one=True).key for xml in drawings)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda xml: (xml, judge(xml, keys)), drawings))


def publish(
    work: UnitOfWork, authority: Authority, prepared: Sequence[tuple[str, Checked]]
) -> list[tuple[int, str, str]]:
    """Publish as the department's administrator, and give each version with its key and what runs.

    Refuses with DiagramRefused, which carries the problems, what the product would not publish.
    """
    administrator = _administrator(authority)
    actor = actor_of(work.connection, authority.people[administrator], local_date(work.now))
    made = []
    for xml, checked in prepared:
        draft = procedures.upload(work, actor=actor, xml=xml)
        looked_at = procedures.Examination(
            draft.definition_id, draft.revision, xml, checked.problems, checked.mended, None
        )
        version = procedures.publish(
            work, actor=actor, definition_id=draft.definition_id, note="", examination=looked_at
        )
        made.append((version.id, procedures.read_heading(xml).key, version.running_xml))
    return made


def keys_in(work: UnitOfWork) -> Collection[str]:
    """Give the keys that are published already."""
    return published_keys(work.session)


def _administrator(authority: Authority) -> str:
    for name, player in authority.cast.people.items():
        for position, unit in player.positions:
            if position is Position.ADMINISTRATOR and authority.cast.units[unit].under is None:
                return name
    raise NobodyAdministers
