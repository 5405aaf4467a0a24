"""Publishing in a rehearsal: the product's own check and import pass, once for each file in a process."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from models.person import Position
from workflows.actor import actor_of
from workflows.commands.administration import procedures
from workflows.commands.running.terms import local_date
from workflows.engine import Published
from workflows.engine.check import Checked, check_and_mend
from workflows.engine.decisions.reading import is_decision_file
from workflows.engine.decisions.reading import keys_in as decisions_in
from workflows.engine.importing.decisions import decisions_named
from workflows.queries.procedures import published_keys
from workflows.rehearsal.authority import Authority
from workflows.rehearsal.errors import NobodyAdministers
from workflows.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Prepared:
    """A diagram with its decision tables, checked."""

    xml: str
    decisions: Mapping[str, str]
    checked: Checked


# Checks wait for a process of their own, two of them as well as one.
AT_ONCE = 2

_judged: dict[tuple[str, tuple[str, ...], frozenset[str]], Checked] = {}
_keeping = Lock()


def judge(xml: str, decisions: Mapping[str, str], known: Collection[str]) -> Checked:
    """Check a diagram as publishing does; the same file is checked once in the life of this process."""
    key = (sha256(xml.encode()).hexdigest(), tuple(decisions.values()), frozenset(known))
    with _keeping:
        found = _judged.get(key)
    if found is None:
        found = check_and_mend(xml.encode(), known, decisions)
        if not any(problem.code == "check_failed" for problem in found.problems):
            with _keeping:
                _judged[key] = found
    return found


def prepare(texts: Sequence[str], known: Collection[str]) -> list[Prepared]:
    """Check diagrams that may call one another, each with those of the decision tables that it names."""
    tables = [text for text in texts if is_decision_file(text)]
    drawings = [text for text in texts if text not in tables]
    keys = {*known, *(procedures.read_heading(xml, one=True).key for xml in drawings)}

    def check(xml: str) -> Prepared:
        decisions = _named(xml, tables)
        return Prepared(xml, decisions, judge(xml, decisions, keys))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(check, drawings))


def _named(xml: str, tables: Sequence[str]) -> dict[str, str]:
    named = decisions_named(xml.encode())
    found: dict[str, str] = {}
    for text in tables:
        keys = decisions_in(text.encode())
        if named.intersection(keys):
            found[keys[0] if keys[0] not in found else f"{keys[0]} {len(found) + 1}"] = text
    return found


def publish(
    work: UnitOfWork, authority: Authority, prepared: Sequence[Prepared]
) -> list[tuple[int, str, Published]]:
    """Publish as the department's administrator, and give each version with its key and what runs.

    Refuses with DiagramRefused, which carries the problems, what the product would not publish.
    """
    administrator = _administrator(authority)
    actor = actor_of(work.connection, authority.people[administrator], local_date(work.now))
    made = []
    for one in prepared:
        draft = procedures.upload(work, actor=actor, xml=one.xml, decisions=one.decisions)
        checked = one.checked
        looked_at = procedures.Examination(
            draft.definition_id,
            draft.revision,
            one.xml,
            one.decisions,
            checked.problems,
            checked.mended,
            None,
        )
        version = procedures.publish(
            work, actor=actor, definition_id=draft.definition_id, note="", examination=looked_at
        )
        runs = Published(version.running_xml.encode(), one.decisions)
        made.append((version.id, procedures.read_heading(one.xml).key, runs))
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
