"""Small procedures under way in the school of the cast, for the tests of what operators do."""

from typing import Any

from sqlalchemy import select

from models.instance import Incident, InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from tests.cast import World
from tests.engine.diagrams import border, definitions, element, end, event, flow, many, start, timer, user

WHY = "theo công văn 12"
PEOPLE = str([{"kind": "staff", "id": i, "name": name} for i, name in enumerate(("An", "Bình", "Chi"), 1)])
IN_A_DAY = timer("timeDuration", "P1D")


def simple(*names: str, key: str = "simple", alarm: bool = False) -> str:
    """Steps one after the other, each for the head; with `alarm` the first one's deadline opens the step `late`."""
    body = start() + "".join(user(name, rs__assignee="head()") for name in names) + end()
    if alarm:
        body += border("alarm", names[0], IN_A_DAY, interrupts=False) + user("late", rs__assignee="head()")
        body += flow("alarm", "late")
    return definitions(body + flow("s", *names, "e"), key=key).decode()


def child(*names: str) -> str:
    """The steps of one person's run."""
    return simple(*(names or ("review", "approve")), key="child")


def parent(boundary: str = "", called: str = "child") -> str:
    """A run for each of three people, then a report."""
    call = element("callActivity", "each", many(PEOPLE), calledElement=called)
    body = start() + call + boundary + user("report", rs__assignee="head()") + end()
    return definitions(body + flow("s", "each", "report", "e"), key="parent").decode()


def waiting_for_message() -> str:
    """A message, then a step."""
    catch = element("intermediateCatchEvent", "c", event("message", "msg"))
    body = start() + catch + user("after", rs__assignee="head()") + end()
    message = '<bpmn:message id="msg" name="answer"/>'
    return definitions(body + flow("s", "c", "after", "e"), message, key="waiting").decode()


def begin_tree(world: World, boundary: str = "") -> int:
    """Start the parent with its three children."""
    world.publish("child", child())
    world.publish("parent", parent(boundary))
    return world.begin("parent")


def run_of(world: World, instance_id: int) -> ProcessInstance:
    return world.read(lambda session: session.get_one(ProcessInstance, instance_id))


def children_of(world: World) -> list[ProcessInstance]:
    query = select(ProcessInstance).where(ProcessInstance.group_id.is_not(None)).order_by(ProcessInstance.id)
    return world.read(lambda session: list(session.scalars(query)))


def states(world: World) -> set[InstanceState]:
    return world.read(lambda session: set(session.scalars(select(ProcessInstance.state))))


def entries(world: World, kind: JournalKind) -> list[JournalEntry]:
    query = select(JournalEntry).where(JournalEntry.kind == kind).order_by(JournalEntry.id)
    return world.read(lambda session: list(session.scalars(query)))


def incidents(world: World, *, opened: bool = True) -> list[Incident]:
    query = select(Incident).where(
        Incident.resolved_at.is_(None) if opened else Incident.resolved_at.is_not(None)
    )
    return world.read(lambda session: list(session.scalars(query.order_by(Incident.id))))


def operate(world: World, act: Any, who: str = "administrator", **given: Any) -> Any:
    """Let somebody do one of the operators' acts."""
    return world.do(lambda work: act(work, actor=world.actor(work, who), **given))
