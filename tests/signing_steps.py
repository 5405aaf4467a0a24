"""What the cast does until something is signed, and what a test then looks at."""

from collections.abc import Sequence

from sqlalchemy import select

from models.document import Document, Signature
from tests.cast import PEOPLE, STAFF, World
from workflows.commands.evidence import printing, signing
from workflows.commands.work import grades, pupils
from workflows.commands.work.grades import Marks
from workflows.records.signatures import check_document, signatures_of


def full_name(who: str) -> str:
    return PEOPLE[who][0]


def assign_officer(world: World) -> None:
    world.complete(
        "principal", "assign_officer", "assign", subject="THCS", officer=str(world.people["officer"])
    )


def confirm(world: World, who: str) -> None:
    world.complete("officer", "review_record", "ready", subject=full_name(who))
    world.complete(who, "confirm_record", "confirm", subject=full_name(who))


def approve(world: World, who: str, step: str, class_name: str, pupil_ids: Sequence[int]) -> None:
    task = world.task(step, class_name)
    world.do(
        lambda work: pupils.approve(
            work,
            task_id=task.id,
            actor=world.actor(work, who),
            pupil_ids=pupil_ids,
            reasons=dict.fromkeys(pupil_ids, "đúng theo hồ sơ gốc"),
        )
    )


def review_class(world: World, who: str, class_name: str, objection: str = "") -> list[int]:
    """Bring a class to the point where its minutes are signed; give its pupils."""
    ids = [pupil.id for pupil in world.pupils(class_name)]
    approve(world, who, "review_pupils", class_name, ids)
    world.complete(who, "review_pupils", "done", subject=class_name)
    task = world.task("enter_grades", class_name)
    world.do(
        lambda work: grades.enter(
            work,
            task_id=task.id,
            actor=world.actor(work, "visiting"),
            marks={pupil_id: Marks("8", "9") for pupil_id in ids},
        )
    )
    world.complete("visiting", "enter_grades", "done", subject=class_name)
    world.complete(
        who, "inform_parents", "informed", subject=class_name, channel="meeting", informed_on="05/06/2023"
    )
    if objection:
        world.complete(who, "hear_objections", "objection", subject=class_name, returned={ids[0]: objection})
        approve(world, who, "review_reopened", class_name, ids[:1])
        world.complete(who, "review_reopened", "done", subject=class_name)
    world.complete(who, "hear_objections", "none", subject=class_name)
    return ids


def get_help(world: World) -> None:
    world.complete("homeroom", "review_pupils", "cannot", subject="6A", reason="Nghỉ ốm dài ngày")
    world.complete(
        "principal", "assign_support", "assign", subject="6A", supporter=str(world.people["officer"])
    )


def documents(world: World, kind: str = "") -> list[Document]:
    query = select(Document).order_by(Document.id)
    return world.read(lambda session: list(session.scalars(query.filter_by(kind=kind) if kind else query)))


def signatures(world: World, document: Document) -> list[Signature]:
    return world.read(lambda session: list(signatures_of(session, document.id)))


def look(world: World, who: str, step: str, subject: str = "") -> signing.Shown:
    """Look at what a page would show before signing."""
    task_id = world.task(step, subject).id
    return world.read(
        lambda session: signing.shown(
            session,
            world.engine,
            signing.signing_task(session, task_id, world.people[who]),
            world.clock.now(),
        )
    )


def print_now(world: World, document_id: int) -> bytes:
    printed = world.read(lambda session: printing.print_document(session, document_id))
    return world.do(lambda work: printing.keep(work, printed))


def holds(world: World, document: Document) -> bool:
    return world.read(
        lambda session: (
            check_document(
                session, session.get_one(Document, document.id), signatures_of(session, document.id)
            ).holds
        )
    )


def sign_report(world: World, **values: str) -> None:
    world.complete(
        "principal", "confirm_school", "confirm", correct="1", complete="1", clean="1", live="1", **values
    )


def finish_school(world: World, *, report: bool = True) -> None:
    assign_officer(world)
    for who in STAFF:
        confirm(world, who)
    world.complete("officer", "synchronise", "done", sync_result="6/6 hồ sơ", synchronised_on="05/06/2023")
    world.complete("officer", "report_and_hand_over", "report")
    world.complete("principal", "head_check", "accept")
    for class_name, who in (("6A", "homeroom"), ("6B", "colleague")):
        review_class(world, who, class_name)
        world.complete(who, "sign_minutes", "report", subject=class_name)
        world.complete("principal", "check_class", "confirm", subject=class_name)
    if report:
        sign_report(world)
