"""What the stories of P1 and P2 share: a school in a campaign, and its people doing their part."""

from datetime import datetime

from sqlalchemy import select

from models.campaign import RosterEntry, SubjectKind
from models.person import Person
from tests.cast import STAFF, World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.running.terms import LOCAL_ZONE

SCHOOL = "Mẫu"


def the_school(store: Store, clock: FixedClock, **options: str) -> World:
    world = build_world(store, clock, **options)  # type: ignore[arg-type]
    world.publish_shipped()
    world.open_campaign()
    return world


def assign(world: World) -> None:
    world.complete(
        "principal", "assign_officer", "assign", subject=SCHOOL, officer=str(world.people["officer"])
    )


def confirm(world: World, name: str, answer: str = "") -> None:
    """Review and confirm a record; who was returned and is not corrected needs an answer."""
    full_name = world.read(lambda session: session.get_one(Person, world.people[name]).full_name)
    world.complete("officer", "review_record", "ready", subject=full_name, reason=answer)
    world.complete(name, "confirm_record", "confirm", subject=full_name)


def report_staff(world: World) -> None:
    world.complete("officer", "synchronise", sync_result="Đã đồng bộ", synchronised_on="05/06/2023")
    world.complete("officer", "report_and_hand_over", "report")


def staff_done(world: World) -> None:
    assign(world)
    for name in STAFF:
        confirm(world, name)
    report_staff(world)
    world.complete("principal", "head_check", "accept")


def approve_all(world: World, step: str, class_name: str) -> None:
    task = world.task(step, class_name)
    who = world.authority.name_of(task.assignee_id)
    assert who is not None
    world.approve_pupils(who, task)


def enter_grades(world: World, class_name: str) -> None:
    world.enter_grades("visiting", world.task("enter_grades", class_name))
    world.complete("visiting", "enter_grades", "done", subject=class_name)


def class_reported(world: World, class_name: str, who: str) -> None:
    approve_all(world, "review_pupils", class_name)
    world.complete(who, "review_pupils", "done", subject=class_name)
    if world.open_tasks(element_id="enter_grades"):
        enter_grades(world, class_name)
    world.complete(
        who, "inform_parents", "informed", subject=class_name, channel="zalo", informed_on="05/06/2023"
    )
    world.complete(who, "hear_objections", "none", subject=class_name)
    world.complete(who, "sign_minutes", "report", subject=class_name)


def classes_done(world: World) -> None:
    for class_name, who in (("6A", "homeroom"), ("6B", "colleague")):
        class_reported(world, class_name, who)
        world.complete("principal", "check_class", "confirm", subject=class_name)


def entries(world: World, kind: SubjectKind) -> dict[str, RosterEntry]:
    query = select(RosterEntry).where(
        RosterEntry.campaign_id == world.campaign_id,
        RosterEntry.unit_id == world.units["school"],
        RosterEntry.kind == kind,
    )
    return {entry.name: entry for entry in world.read(lambda session: session.scalars(query).all())}


CONFIRMED = {"correct": "on", "complete": "on", "clean": "on", "live": "on"}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)
