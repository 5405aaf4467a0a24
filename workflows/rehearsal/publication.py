"""Publishing in a rehearsal: the product's own check, once for each file in a process, and files that name nobody."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Lock

from lxml import etree

from models.person import Position
from workflows.actor import actor_of
from workflows.commands.administration import procedures
from workflows.commands.running.terms import local_date
from workflows.engine import Problem, check
from workflows.engine.diagram.reading import read
from workflows.engine.language.vocabulary import BPMN, RS
from workflows.errors import DiagramRefused
from workflows.queries.procedures import published_keys
from workflows.rehearsal.authority import Authority
from workflows.rehearsal.errors import NobodyAdministers
from workflows.unit_of_work import UnitOfWork

# Problems of a file that says nothing in our own words, and that a rehearsal answers for it.
NAMES_NOBODY, NAME_UNKNOWN = "no_assignee", "name_unknown"
# Each look may bring to light what the one before could not see; more rounds mean something else is wrong.
LOOKS = 4
# Checks wait for a process of their own, two of them as well as one.
AT_ONCE = 2

Judged = tuple[Problem, ...]

_judged: dict[tuple[str, frozenset[str]], Judged] = {}
_keeping = Lock()


def judge(xml: str, known: Collection[str]) -> Judged:
    """List the problems of a diagram; the same file is checked once in the life of this process."""
    key = (sha256(xml.encode()).hexdigest(), frozenset(known))
    with _keeping:
        found = _judged.get(key)
    if found is None:
        found = tuple(check(xml.encode(), known))
        if not any(problem.code == "check_failed" for problem in found):
            with _keeping:
                _judged[key] = found
    return found


def prepare(drawings: Sequence[str], known: Collection[str]) -> list[tuple[str, Judged]]:
    """Check diagrams that may call one another, and complete those that are plain BPMN; give each with its problems."""
    keys = {*known, *(procedures.read_heading(xml, one=True).key for xml in drawings)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda xml: _completed(xml, keys), drawings))


def publish(
    work: UnitOfWork, authority: Authority, prepared: Sequence[tuple[str, Judged]]
) -> list[tuple[int, str, str]]:
    """Publish as the department's administrator, and give each version with its key and its diagram.

    Refuses with DiagramRefused, which carries the problems, what the product would not publish.
    """
    administrator = _administrator(authority)
    actor = actor_of(work.connection, authority.people[administrator], local_date(work.now))
    made = []
    for xml, problems in prepared:
        draft = procedures.upload(work, actor=actor, xml=xml)
        looked_at = procedures.Examination(draft.definition_id, draft.revision, xml, problems, None)
        version = procedures.publish(
            work, actor=actor, definition_id=draft.definition_id, note="", examination=looked_at
        )
        made.append((version.id, procedures.read_heading(xml).key, xml))
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


def _completed(xml: str, known: Collection[str]) -> tuple[str, Judged]:
    """Let the head do every step that a plain BPMN file gives to nobody, and take the names that it never declares."""
    problems = judge(xml, known)
    if RS in xml:
        return xml, problems
    for _ in range(LOOKS):
        nobodys = {problem.element_id for problem in problems if problem.code == NAMES_NOBODY}
        names = {str(problem.params["name"]) for problem in problems if problem.code == NAME_UNKNOWN}
        if not nobodys and not names:
            break
        xml = _with(xml, nobodys, names)
        problems = judge(xml, known)
    return xml, problems


def _with(xml: str, nobodys: Collection[str], names: Collection[str]) -> str:
    try:
        root = read(xml.encode())
    except DiagramRefused:
        return xml
    for step in root.iter(f"{{{BPMN}}}userTask"):
        if step.get("id") in nobodys:
            step.set(f"{{{RS}}}assignee", "head()")
    for process in root.iter(f"{{{BPMN}}}process"):
        taken = {name.strip() for name in process.get(f"{{{RS}}}takes", "").split(",") if name.strip()}
        if taken | set(names):
            process.set(f"{{{RS}}}takes", ", ".join(sorted(taken | set(names))))
    return etree.tostring(root, encoding="unicode")
