"""Several people under one document, and signatures under steps that make no minutes."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import RosterEntry, SubjectKind
from models.document import Document, Signature
from tests.cast import World, build_world
from tests.conftest import Store
from tests.engine.diagrams import definitions, end, flow, start, user
from workflows.clock import FixedClock
from workflows.commands.evidence import printing, signing
from workflows.commands.running import moves
from workflows.commands.running.groups import latest_version
from workflows.commands.running.runs import insert_run
from workflows.errors import DocumentGone, InstanceStuck
from workflows.records.signatures import check_document, signatures_of
from workflows.unit_of_work import UnitOfWork

REPORTED = (
    '<bpmn:extensionElements><rs:outcome key="done" label="Ký" style="primary"/></bpmn:extensionElements>'
)
COMMITMENT = (
    "<bpmn:documentation>Cam kết bảo mật dữ liệu.</bpmn:documentation><bpmn:extensionElements><rs:form>"
    '<rs:field key="agreed" type="checkbox" label="Tôi cam kết" required="true"/></rs:form>'
    "</bpmn:extensionElements>"
)


def signing_step(name: str, assignee: str, minutes: str | None = None, inside: str = REPORTED) -> str:
    more = {"rs__minutes": minutes} if minutes else {}
    return user(name, inside, name=name, rs__assignee=assignee, rs__signature="required", **more)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    built = build_world(store, clock)
    built.publish_shipped()
    built.open_campaign()
    return built


def begin(world: World, kind: SubjectKind, subject_id: int, *steps: str) -> None:
    """Run these steps one after the other about a subject of the school."""
    names = [step.split('id="')[1].split('"')[0] for step in steps]
    drawn = definitions(
        start() + "".join(steps) + end() + flow("s", *names, "e"), key="together", name="Ký cùng nhau"
    )
    world.publish("together", drawn.decode())

    def act(work: UnitOfWork) -> None:
        run = insert_run(
            work.connection,
            work.now,
            version_id=latest_version(work, "together"),
            campaign_id=world.campaign_id,
            unit_id=world.units["school"],
            subject_kind=kind,
            subject_id=subject_id,
            subject_name="Lớp 6B",
            start_values={},
        )
        moves.start(work, run)

    world.do(act)


def only_document(world: World) -> tuple[Document, list[Signature]]:
    def look(session: Session) -> tuple[Document, list[Signature]]:
        document = session.scalars(select(Document)).one()
        return document, list(signatures_of(session, document.id))

    return world.read(look)


def holds(world: World, document: Document) -> bool:
    def check(session: Session) -> bool:
        fresh = session.get_one(Document, document.id)
        return check_document(session, fresh, signatures_of(session, document.id)).holds

    return world.read(check)


def begin_class(world: World) -> None:
    begin(
        world,
        SubjectKind.CLASS,
        world.classes["6B"],
        signing_step("hand_over", "homeroom_teacher()", "class_minutes"),
        signing_step("take_over", "head()", "class_minutes"),
    )


def test_the_head_signs_the_teachers_document_days_later(world: World) -> None:
    begin_class(world)
    world.complete("colleague", "hand_over")
    document, _ = only_document(world)
    alone = world.read(lambda session: printing.print_document(session, document.id).pdf)
    world.do(lambda work: printing.keep(work, printing.print_document(work.session, document.id)))

    world.clock.advance(days=2)
    world.complete("principal", "take_over")

    document, signatures = only_document(world)
    assert [one.block for one in signatures] == ["teacher", "head"]
    assert [one.capacity for one in signatures] == [
        "Giáo viên chủ nhiệm lớp 6B, Trường THCS Mẫu",
        "Hiệu trưởng, Trường THCS Mẫu",
    ]
    assert document.content["heading"]["dated_on"] == "2023-06-05"
    assert world.read(lambda session: printing.kept_pdf(session, document.id)) is None
    both = world.do(lambda work: printing.keep(work, printing.print_document(work.session, document.id)))
    assert both != alone
    assert holds(world, document)


def test_a_change_between_two_signers_makes_another_document(world: World) -> None:
    begin_class(world)
    world.complete("colleague", "hand_over")

    def rename(work: UnitOfWork) -> None:
        entry = work.session.scalars(
            select(RosterEntry).where(RosterEntry.class_id == world.classes["6B"]).limit(1)
        ).one()
        entry.reason = "Chuyển trường"

    world.do(rename)
    world.complete("principal", "take_over")

    found = world.read(lambda session: list(session.scalars(select(Document).order_by(Document.id))))
    assert [one.number for one in found] == ["1/BB-THCSM", "2/BB-THCSM"]
    assert found[1].content["pupils"][0]["note"] == "Chuyển trường"


def test_the_superior_unit_receives_the_report_under_its_own_name(world: World) -> None:
    begin(
        world,
        SubjectKind.SCHOOL,
        world.units["school"],
        signing_step("report", "head()", "school_report"),
        signing_step("receive", 'role("officer", superior())', "school_report"),
    )
    world.complete("principal", "report")
    world.complete("inspector", "receive")

    document, signatures = only_document(world)
    assert document.number == "1/BC-THCSM"
    assert [(one.block, one.capacity) for one in signatures] == [
        ("head", "Hiệu trưởng, Trường THCS Mẫu"),
        ("receiver", "Chuyên viên, Phòng GD&ĐT Quận Mẫu"),
    ]
    assert world.read(lambda session: printing.print_document(session, document.id)).pdf


def test_a_step_without_minutes_is_signed_over_its_text_and_form(world: World) -> None:
    begin(world, SubjectKind.CLASS, world.classes["6B"], signing_step("commit", "head()", inside=COMMITMENT))

    world.complete("principal", "commit", agreed="1")

    document, (signature,) = only_document(world)
    assert (document.kind, document.number, document.title) == ("signed_step", "", "commit: Lớp 6B")
    assert document.content["about"] == "Cam kết bảo mật dữ liệu."
    assert document.content["fields"] == ["Tôi cam kết"]
    assert signature.capacity == "Hiệu trưởng, Trường THCS Mẫu"
    assert holds(world, document)
    assert world.print_pending() == 0
    with pytest.raises(DocumentGone):
        world.read(lambda session: printing.print_document(session, document.id))


@pytest.mark.parametrize("minutes", ["person_confirmation", "school_report", "shopping_list"])
def test_minutes_that_do_not_fit_the_subject_are_refused(world: World, minutes: str) -> None:
    begin(world, SubjectKind.CLASS, world.classes["6B"], signing_step("sign", "head()", minutes))
    task_id = world.task("sign").id

    with pytest.raises(InstanceStuck):
        world.read(
            lambda session: signing.shown(
                session,
                world.engine,
                signing.signing_task(session, task_id, world.people["principal"]),
                world.clock.now(),
            )
        )
