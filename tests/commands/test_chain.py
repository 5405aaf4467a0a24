"""P1 and P2 from assignment to the accepted report, through the commands, for schools of every level."""

from datetime import date

import pytest
from sqlalchemy import select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.document import Document
from models.instance import Incident, InstanceState, ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.person import Person
from models.school import Employment, Grade, StaffCategory, StaffMember
from tests.cast import STAFF, World, build_world
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands import deadlines, grades, pupils, roster, tasks
from workflows.commands.answers import Answer
from workflows.commands.grades import Marks
from workflows.errors import FormRefused, NotPermitted, WorkUnfinished
from workflows.unit_of_work import UnitOfWork

SCHOOL = "Mẫu"


def the_school(store: Store, clock: FixedClock, **options: str) -> World:
    world = build_world(store, clock, **options)  # type: ignore[arg-type]
    world.publish_shipped()
    world.open_campaign()
    return world


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def assign(world: World) -> None:
    world.complete(
        "principal", "assign_officer", "assign", subject=SCHOOL, officer=str(world.people["officer"])
    )


def confirm(world: World, name: str) -> None:
    full_name = world.read(lambda session: session.get_one(Person, world.people[name]).full_name)
    world.complete("officer", "review_record", "ready", subject=full_name)
    world.complete(name, "confirm_record", "confirm", subject=full_name)


def report_staff(world: World) -> None:
    world.complete("officer", "synchronise", sync_result="Đã đồng bộ", synchronised_on="07/06/2023")
    world.complete("officer", "report_and_hand_over", "report")


def staff_done(world: World) -> None:
    assign(world)
    for name in STAFF:
        confirm(world, name)
    report_staff(world)
    world.complete("principal", "head_check", "accept")


def approve_all(world: World, step: str, class_name: str) -> None:
    task = world.task(step, class_name)
    who = next(name for name, id_ in world.people.items() if id_ == task.assignee_id)
    ids = [pupil.id for pupil in world.pupils(class_name)]
    world.do(lambda work: pupils.approve(work, task_id=task.id, actor=world.actor(work, who), pupil_ids=ids))


def enter_grades(world: World, class_name: str) -> None:
    task = world.task("enter_grades", class_name)
    marks = {pupil.id: Marks("7,5", "8") for pupil in world.pupils(class_name)}
    world.do(
        lambda work: grades.enter(work, task_id=task.id, actor=world.actor(work, "visiting"), marks=marks)
    )
    world.complete("visiting", "enter_grades", "done", subject=class_name)


def class_reported(world: World, class_name: str, who: str) -> None:
    approve_all(world, "review_pupils", class_name)
    world.complete(who, "review_pupils", "done", subject=class_name)
    if world.open_tasks(element_id="enter_grades"):
        enter_grades(world, class_name)
    world.complete(
        who, "inform_parents", "informed", subject=class_name, channel="zalo", informed_on="06/06/2023"
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


@pytest.mark.parametrize(
    ("levels", "superior", "acceptor"),
    [
        ("MN", "district", "inspector"),
        ("TH", "district", "inspector"),
        ("THCS", "district", "second_inspector"),
        ("THPT", "department", "department_officer"),
        ("GDTX", "department", "department_officer"),
        ("TH,THCS", "district", "inspector"),
    ],
)
def test_a_school_of_every_level_reaches_the_accepted_report(
    store: Store, clock: FixedClock, levels: str, superior: str, acceptor: str
) -> None:
    world = the_school(store, clock, levels=levels, superior=superior)

    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete(acceptor, "accept_report", "accept")

    assert entries(world, SubjectKind.SCHOOL)[f"Trường {levels} Mẫu"].state is RosterState.DONE
    for kind in (SubjectKind.STAFF, SubjectKind.CLASS, SubjectKind.PUPIL):
        assert {entry.state for entry in entries(world, kind).values()} == {RosterState.DONE}
    assert world.steps() == {"assign_officer": 1}  # of the other school
    kinds = world.read(lambda session: session.scalars(select(Document.kind)).all())
    assert sorted(set(kinds)) == ["class_minutes", "person_confirmation", "school_report", "staff_handover"]
    assert not world.read(lambda session: session.scalars(select(Incident)).all())


def test_the_superior_returns_the_report(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)

    world.complete("inspector", "accept_report", "return", reason="thiếu báo cáo lớp ghép")

    task = world.task("confirm_school")
    assert task.returned_reason == "thiếu báo cáo lớp ghép"
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("second_inspector", "accept_report", "accept")
    assert entries(world, SubjectKind.SCHOOL)["Trường THCS Mẫu"].state is RosterState.DONE


def test_only_the_superior_of_the_line_accepts(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)

    for name in ("department_officer", "principal", "stranger"):
        with pytest.raises(NotPermitted):
            world.complete(name, "accept_report", "accept")


def test_the_four_criteria_must_be_confirmed_by_name(world: World) -> None:
    staff_done(world)
    classes_done(world)

    with pytest.raises(FormRefused) as refused:
        world.complete("principal", "confirm_school", "confirm", correct="on", complete="on", clean="on")

    assert set(refused.value.problems) == {"live"}


def test_the_head_returns_named_persons_only(world: World) -> None:
    assign(world)
    for name in STAFF:
        confirm(world, name)
    report_staff(world)
    returned = {world.staff_id("homeroom"): "sai trình độ", world.staff_id("visiting"): "thiếu hợp đồng"}

    world.complete("principal", "head_check", "return", returned=returned)

    assert world.steps()["review_record"] == 2
    assert {task.returned_reason for task in world.open_tasks(element_id="review_record")} == set(
        returned.values()
    )
    for name in ("homeroom", "visiting"):
        confirm(world, name)
    report_staff(world)
    world.complete("principal", "head_check", "accept")
    rounds = {name: entry.round for name, entry in entries(world, SubjectKind.STAFF).items()}
    assert sorted(rounds.values()) == [1, 1, 1, 1, 2, 2]


def test_the_step_is_not_done_while_one_person_is_open(world: World) -> None:
    assign(world)
    for name in STAFF[:-1]:
        confirm(world, name)

    assert "synchronise" not in world.steps()
    world.complete("officer", "review_record", "except", subject="Thỉnh Giảng", reason="đi học xa")
    assert "synchronise" not in world.steps()
    assert world.task("accept_exception").note == "đi học xa"
    world.complete("principal", "accept_exception", "accept", subject="Thỉnh Giảng")

    assert world.steps()["synchronise"] == 1
    assert entries(world, SubjectKind.STAFF)["Thỉnh Giảng Giả"].state is RosterState.EXCUSED


def test_a_person_refuses_what_is_wrong_in_their_record(world: World) -> None:
    assign(world)
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")

    world.complete("homeroom", "confirm_record", "disagree", subject="Chủ Nhiệm", reason="sai ngày sinh")

    assert world.task("review_record", "Chủ Nhiệm").returned_reason == "sai ngày sinh"


def test_nobody_confirms_for_somebody_else(world: World) -> None:
    assign(world)
    world.complete("officer", "review_record", "ready", subject="Chủ Nhiệm")
    task = world.task("confirm_record", "Chủ Nhiệm")

    with pytest.raises(NotPermitted):
        world.do(
            lambda work: tasks.complete(
                work, task_id=task.id, actor=world.actor(work, "officer"), answer=Answer("confirm")
            )
        )
    with pytest.raises(NotPermitted):
        world.do(
            lambda work: tasks.hand_over(
                work,
                task_id=task.id,
                actor=world.actor(work, "principal"),
                to_person_id=world.people["officer"],
                reason="bận",
            )
        )


def test_a_helper_acts_under_their_own_name_and_the_teacher_stays_accountable(world: World) -> None:
    world.complete("homeroom", "review_pupils", "cannot", subject="6A", reason="nghỉ thai sản")
    world.complete(
        "principal", "assign_support", "assign", subject="6A", supporter=str(world.people["deputy"])
    )

    task = world.task("review_pupils", "6A")
    assert (task.assignee_id, task.accountable_id) == (world.people["deputy"], world.people["homeroom"])
    approve_all(world, "review_pupils", "6A")
    world.complete("deputy", "review_pupils", "done", subject="6A")

    query = select(JournalEntry).where(JournalEntry.kind == JournalKind.SUBJECT_APPROVED)
    approved = world.read(lambda session: session.scalars(query).all())
    assert {(entry.actor_id, entry.on_behalf_of_id) for entry in approved} == {
        (world.people["deputy"], world.people["homeroom"])
    }


def test_approving_the_rest_is_one_decision_for_each_pupil(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock, pupils=45)
    world.publish_shipped()
    world.open_campaign()

    approve_all(world, "review_pupils", "6A")

    query = select(JournalEntry).where(JournalEntry.kind == JournalKind.SUBJECT_APPROVED)
    decided = world.read(lambda session: session.scalars(query).all())
    assert len({entry.details["subject"] for entry in decided}) == len(decided) == 45


def test_a_class_with_an_open_pupil_cannot_be_reported(world: World) -> None:
    with pytest.raises(WorkUnfinished, match="3"):
        world.complete("homeroom", "review_pupils", "done", subject="6A")


def test_grades_missing_cannot_be_reported(world: World) -> None:
    with pytest.raises(WorkUnfinished):
        world.complete("visiting", "enter_grades", "done", subject="6A")


def test_an_objection_reopens_that_pupil_only(world: World) -> None:
    approve_all(world, "review_pupils", "6A")
    world.complete("homeroom", "review_pupils", "done", subject="6A")
    enter_grades(world, "6A")
    world.complete(
        "homeroom", "inform_parents", "informed", subject="6A", channel="zalo", informed_on="06/06/2023"
    )
    first = world.pupils("6A")[0]

    world.complete(
        "homeroom", "hear_objections", "objection", subject="6A", returned={first.id: "sai ngày sinh"}
    )

    states = [
        entry.state
        for entry in entries(world, SubjectKind.PUPIL).values()
        if entry.class_id == first.class_id
    ]
    assert sorted(states) == sorted([RosterState.RETURNED, RosterState.DONE, RosterState.DONE])
    approve_all(world, "review_reopened", "6A")
    world.complete("homeroom", "review_reopened", "done", subject="6A")
    assert "hear_objections" in world.steps()


def test_the_head_returns_single_pupils_and_the_rest_stays_accepted(world: World) -> None:
    class_reported(world, "6A", "homeroom")
    first = world.pupils("6A")[0]

    world.complete("principal", "check_class", "return_pupils", subject="6A", returned={first.id: "trùng mã"})

    assert "trùng mã" in world.task("review_returned", "6A").returned_reason
    approve_all(world, "review_returned", "6A")
    world.complete("homeroom", "review_returned", "done", subject="6A")
    world.complete("homeroom", "sign_minutes", "report", subject="6A")
    world.complete("principal", "check_class", "confirm", subject="6A")
    assert entries(world, SubjectKind.CLASS)["6A"].state is RosterState.DONE


def test_a_joiner_and_a_leaver_in_the_middle_keep_the_total_exact(world: World) -> None:
    assign(world)
    for name in STAFF[:-1]:
        confirm(world, name)
    joiner = world.do(lambda work: _hire(work, world))
    world.do(
        lambda work: roster.join(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=joiner,
        )
    )
    assert world.steps()["review_record"] == 2

    world.do(
        lambda work: roster.leave(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=world.staff_id("visiting"),
            reason="hết hợp đồng",
        )
    )
    assert world.steps()["review_record"] == 1
    world.complete("officer", "review_record", "except", subject="Người Mới", reason="chưa nhận việc")
    world.complete("principal", "accept_exception", "accept", subject="Người Mới")

    states = [entry.state for entry in entries(world, SubjectKind.STAFF).values()]
    assert (
        states.count(RosterState.DONE),
        states.count(RosterState.LEFT),
        states.count(RosterState.EXCUSED),
    ) == (
        5,
        1,
        1,
    )
    assert world.steps()["synchronise"] == 1


def test_the_last_leaver_lets_the_school_go_on(world: World) -> None:
    assign(world)
    for name in STAFF[:-1]:
        confirm(world, name)

    world.do(
        lambda work: roster.leave(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=world.staff_id("visiting"),
            reason="hết hợp đồng",
        )
    )

    assert world.steps()["synchronise"] == 1


def _hire(work: UnitOfWork, world: World) -> int:
    person = Person(full_name="Người Mới Đến", sort_key="den", honorific="Cô", email="")
    work.session.add(person)
    work.session.flush()
    member = StaffMember(
        unit_id=world.units["school"],
        person_id=person.id,
        employment=Employment.CONTRACT,
        category=StaffCategory.TEACHER,
        duty="",
        joined_on=date(2023, 6, 6),
        record={},
        record_times={},
    )
    work.session.add(member)
    work.session.flush()
    return member.id


def test_the_whole_ladder_of_a_late_officer(world: World) -> None:
    assign(world)
    told = []
    for day in ("2023-06-14", "2023-06-15", "2023-06-16", "2023-06-20"):
        world.clock.set(_local(f"{day}T17:30"))
        world.run_worker()
        told.append((day, _people_told(world)))

    names = {id_: name for name, id_ in world.people.items()}
    reached = [{(message, names[person]) for message, person in step} for _, step in told]
    assert (Message.TASK_DUE_SOON, "officer") in reached[0]
    assert (Message.TASK_OVERDUE, "officer") in reached[1]
    assert (Message.TASK_ESCALATED, "principal") in reached[2]
    assert (Message.TASK_ESCALATED, "inspector") in reached[3]
    escalations = select(JournalEntry).where(JournalEntry.kind == JournalKind.ESCALATED)
    assert world.read(lambda session: session.scalars(escalations).all())


def _people_told(world: World) -> set[tuple[Message, int]]:
    query = select(Notification.message, Notification.person_id)
    return world.read(lambda session: {(message, person) for message, person in session.execute(query)})


def _local(text: str):  # type: ignore[no-untyped-def]
    from datetime import datetime

    from workflows.commands.running.terms import LOCAL_ZONE

    return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)


def test_an_extension_moves_open_tasks_and_drawn_timers(world: World) -> None:
    assign(world)
    before = world.task("review_record", "Chủ Nhiệm")

    moved = world.do(
        lambda work: deadlines.extend(
            work,
            actor=world.actor(work, "department_officer"),
            campaign_id=world.campaign_id,
            key="staff",
            level="THCS",
            unit_id=None,
            due_at=_local("2023-06-29T17:00"),
            reason="mưa bão",
        )
    )

    after = world.task("review_record", "Chủ Nhiệm")
    assert moved >= 6
    assert after.due_at == _local("2023-06-29T17:00") > before.due_at
    assert after.next_rung_at > before.next_rung_at
    world.clock.set(_local("2023-06-16T09:00"))
    world.run_worker()
    assert "look_into_delay" not in {
        task.element_id for task in world.open_tasks(unit_id=world.units["school"]) if task.role == "head"
    } or all(task.unit_id != world.units["school"] for task in world.open_tasks(element_id="look_into_delay"))


def test_a_late_school_is_shown_to_its_head(world: World) -> None:
    assign(world)
    world.clock.set(_local("2023-06-16T09:00"))
    world.run_worker()

    delays = world.open_tasks(element_id="look_into_delay", unit_id=world.units["school"])
    assert len(delays) == 1


def test_every_instance_ends_when_the_campaign_is_done(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    running = select(ProcessInstance).where(
        ProcessInstance.unit_id == world.units["school"], ProcessInstance.state == InstanceState.RUNNING
    )
    assert not world.read(lambda session: session.scalars(running).all())
    assert world.read(lambda session: session.scalars(select(Grade.final)).all()) == [8.0] * 6


def test_confirming_a_record_makes_it_live(world: World) -> None:
    assign(world)
    confirm(world, "homeroom")
    approve_all(world, "review_pupils", "6A")

    now = world.clock.now().isoformat()
    member = world.read(lambda session: session.get_one(StaffMember, world.staff_id("homeroom")))
    assert {"birth_date", "personal_id"} <= set(member.record_times)
    assert set(member.record_times.values()) == {now}
    assert all(set(pupil.record_times.values()) == {now} for pupil in world.pupils("6A"))
