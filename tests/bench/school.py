"""A school with any number of staff under review: what `step`, `growth` and `http` complete.

Each person runs the shipped `person_review`: the officer reviews the record, then the person confirms it. Nothing is
signed: that would be measured as well. The parent is only the call over the roster.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lxml import etree
from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from models.campaign import Campaign, CampaignState, Deadline, RosterEntry, RosterState, SubjectKind
from models.instance import ChildGroup, ProcessInstance
from models.person import Appointment, Person, Position
from models.process import ProcessVersion
from models.school import Employment, StaffCategory, StaffMember
from models.task import Task, TaskState
from tests.cast import LONG_AGO, PROCEDURES, SCHOOL_YEAR, World, build_world
from tests.conftest import MONDAY, Store
from tests.engine.diagrams import definitions, element, end, flow, many, start, user
from workflows.clock import FixedClock
from workflows.commands.running import moves
from workflows.commands.running.runs import insert_run, lock_run
from workflows.commands.running.spawning import add_children
from workflows.engine import ChildItem, ProcessEngine
from workflows.unit_of_work import UnitOfWork

CHILD = "person_review"
# What the sides of a bench call the two steps, with their elements and the outcomes that lead on.
STEPS = {"review": ("review_record", "ready"), "confirm": ("confirm_record", "confirm")}

_RASOAT = "{urn:rasoat:1}"
_SIGNING = {f"{_RASOAT}signature", f"{_RASOAT}minutes"}


@dataclass(frozen=True, slots=True)
class Review:
    """One child: its instance, its first task, and the person under review."""

    instance_id: int
    task_id: int
    person_id: int
    staff_id: int


@dataclass(slots=True)
class School:
    """The school, with the group of children that its staff are."""

    world: World
    officer_id: int
    campaign_id: int
    parent_id: int
    group_id: int
    version_id: int


def child_drawing(*, vendor: bool = True) -> str:
    """Give the shipped drawing without its signature; without `vendor`, with nothing that only we read."""
    root = etree.parse(PROCEDURES / CHILD / f"{CHILD}.bpmn").getroot()
    for node in list(root.iter(etree.Element)):
        for name in list(node.attrib):
            if str(name) in _SIGNING or (not vendor and str(name).startswith(_RASOAT)):
                del node.attrib[name]
        parent = node.getparent()
        if not vendor and parent is not None and str(node.tag).startswith(_RASOAT):
            parent.remove(node)
    return etree.tostring(root, encoding="unicode")


def _parent_drawing() -> str:
    call = element(
        "callActivity",
        "each",
        many("staff()"),
        calledElement=CHILD,
        rs__pass="officer",
    )
    body = start() + call + user("report", rs__assignee="head()") + end() + flow("s", "each", "report", "e")
    return definitions(body, key="everybody", rs__takes="officer").decode()


def publish_drawings(world: World) -> tuple[int, int]:
    """Publish the child and the parent; give their versions."""
    return world.publish(CHILD, child_drawing()), world.publish("everybody", _parent_drawing())


def build_school(store: Store, staff: int) -> School:
    """Fill a store with a school whose staff are all under review."""
    world = build_world(store, FixedClock(MONDAY), pupils=0)
    child_version, parent_version = publish_drawings(world)
    with store.make_session() as session:
        campaign_id = add_campaign(session, world)
        # The call spawns two children; the others are copies of them, row by row.
        add_staff(session, world, campaign_id, 2)
        session.commit()
    values = {"officer": world.people["officer"]}

    def begin(work: UnitOfWork) -> int:
        run = insert_run(
            work.connection,
            work.now,
            version_id=parent_version,
            campaign_id=campaign_id,
            unit_id=world.units["school"],
            subject_kind=SubjectKind.SCHOOL,
            subject_id=world.units["school"],
            subject_name="Trường Mẫu",
            start_values=values,
        )
        moves.start(work, run)
        return run.id

    parent_id = world.do(begin)
    group_id = world.read(
        lambda session: session.scalars(select(ChildGroup.id).filter_by(parent_id=parent_id)).one()
    )
    school = School(world, values["officer"], campaign_id, parent_id, group_id, child_version)
    _multiply(school, staff - 2)
    return school


def enrol(school: School, count: int) -> list[Review]:
    """Add staff to the roster, and a child for each by the product's own `add_children`; give the children."""
    world = school.world
    with world.store.make_session() as session:
        ids = add_staff(session, world, school.campaign_id, count)
        session.commit()
    world.do(lambda work: _add_children(work, school, ids))
    return reviews_of(school, [staff_id for _, staff_id in ids])


def _multiply(school: School, count: int) -> None:
    """Copy the first child, with its person, until there are so many more: spawning 100,000 takes minutes."""
    first = reviews_of(school)[0]
    wanted: list[tuple[Any, Any]] = [
        (Person, Person.id == first.person_id),
        (Appointment, Appointment.person_id == first.person_id),
        (StaffMember, StaffMember.id == first.staff_id),
        (RosterEntry, RosterEntry.subject_id == first.staff_id),
        (ProcessInstance, ProcessInstance.id == first.instance_id),
        (Task, Task.id == first.task_id),
    ]
    # What refers to another copied row, by column.
    refers = {
        "person_id": Person,
        "subject_id": StaffMember,
        "instance_id": ProcessInstance,
    }
    with school.world.store.engine.begin() as connection:
        last = {model: connection.scalar(select(func.max(model.id))) or 0 for model, _ in wanted}
        numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
        numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
        for model, this in wanted:
            columns = {column.name: column for column in model.__table__.columns}
            columns["id"] = last[model] + numbers.c.n
            for name, other in refers.items():
                if name in columns:
                    columns[name] = last[other] + numbers.c.n
            if "position" in columns and model is ProcessInstance:
                columns["position"] = numbers.c.n + 1
            copies = (
                select(*columns.values())
                .select_from(model.__table__.join(numbers, literal(True)))
                .where(this)
            )
            connection.execute(insert(model.__table__).from_select(list(columns), copies))
            if school.world.store.kind == "postgresql":
                table = literal(model.__tablename__)
                following = func.setval(func.pg_get_serial_sequence(table, "id"), last[model] + count)
                connection.execute(select(following))


def reviews_of(school: School, staff_ids: list[int] | None = None) -> list[Review]:
    """List the children whose review is open, all or those of these staff (numbered in a row)."""
    query = (
        select(ProcessInstance.id, Task.id, StaffMember.person_id, StaffMember.id)
        .join(Task, Task.instance_id == ProcessInstance.id)
        .join(StaffMember, StaffMember.id == ProcessInstance.subject_id)
        .where(ProcessInstance.group_id == school.group_id)
        .where(Task.state == TaskState.OPEN, Task.element_id == STEPS["review"][0])
        .order_by(ProcessInstance.id)
    )
    if staff_ids is not None:
        query = query.where(StaffMember.id.between(min(staff_ids), max(staff_ids)))
    return school.world.read(lambda session: [Review(*row) for row in session.execute(query)])


def confirmation_of(session: Session, review: Review) -> int:
    """Find the task by which the person confirms."""
    query = select(Task.id).filter_by(instance_id=review.instance_id, state=TaskState.OPEN)
    return session.scalars(query).one()


def engine_of(store: Store) -> ProcessEngine:
    """Give an engine of its own, as each process of the product has."""

    def source(version_id: int) -> bytes:
        with store.make_reading_session() as session:
            return session.get_one(ProcessVersion, version_id).xml.encode()

    return ProcessEngine(source)


def add_campaign(session: Session, world: World) -> int:
    """Add a running campaign with its deadlines."""
    campaign = Campaign(
        title="Rà soát thử",
        unit_id=world.units["department"],
        school_year=SCHOOL_YEAR,
        state=CampaignState.RUNNING,
        opened_at=MONDAY,
        opened_by_id=world.people["department_officer"],
    )
    session.add(campaign)
    session.flush()
    session.add_all(
        Deadline(campaign_id=campaign.id, key=key, due_at=MONDAY + timedelta(days=days))
        for key, days in (("staff", 9), ("class", 10), ("school", 14), ("report", 16))
    )
    return campaign.id


def add_staff(session: Session, world: World, campaign_id: int, count: int) -> list[tuple[int, int]]:
    """Add persons with position, staff entry and roster entry; give the ids of person and staff entry."""
    first = session.scalar(select(func.max(Person.id))) or 0
    names = [f"Giáo Viên Thử {first + number:06}" for number in range(1, count + 1)]
    people = session.scalars(
        insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [
            {
                "full_name": name,
                "honorific": "Cô",
                "sort_key": name.casefold(),
                "search_text": name.casefold(),
                "email": f"gv{first + number}@truong-mau.example",
            }
            for number, name in enumerate(names)
        ],
    ).all()
    unit_id = world.units["school"]
    session.execute(
        insert(Appointment),
        [
            {"person_id": id_, "unit_id": unit_id, "position": Position.TEACHER, "from_on": LONG_AGO}
            for id_ in people
        ],
    )
    staff = session.scalars(
        insert(StaffMember).returning(StaffMember.id, sort_by_parameter_order=True),
        [
            {
                "unit_id": unit_id,
                "person_id": id_,
                "employment": Employment.PERMANENT,
                "category": StaffCategory.TEACHER,
                "duty": "Giáo viên",
                "joined_on": LONG_AGO,
                "record": {"birth_date": "1985-04-12", "personal_id": f"000{id_:09}"},
                "record_times": {},
            }
            for id_ in people
        ],
    ).all()
    session.execute(
        insert(RosterEntry),
        [
            {
                "campaign_id": campaign_id,
                "unit_id": unit_id,
                "kind": SubjectKind.STAFF,
                "subject_id": id_,
                "name": name,
                "sort_key": name.casefold(),
                "frozen": {},
                "state": RosterState.OPEN,
            }
            for id_, name in zip(staff, names, strict=True)
        ],
    )
    return list(zip(people, staff, strict=True))


def _add_children(work: UnitOfWork, school: School, ids: list[tuple[int, int]]) -> None:
    parent = lock_run(work.connection, school.parent_id)
    unit_id = school.world.units["school"]
    shared = {"officer": school.officer_id}
    items = []
    for id_, staff_id in ids:
        item = {
            "kind": "staff",
            "id": staff_id,
            "unit": unit_id,
            "name": f"Giáo Viên Thử {id_:06}",
            "reason": "",
        }
        items.append(ChildItem(staff_id, shared, item, "person"))
    add_children(work, parent, school.group_id, school.version_id, tuple(items))
