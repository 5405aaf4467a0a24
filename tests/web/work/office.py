"""The standing cast with accounts and the shipped procedures, at work through the application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from flask import Flask
from lxml import html
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.person import Account
from models.school import Pupil, RecordKey, StaffMember
from tests.cast import PEOPLE, World, build_world
from tests.conftest import Store
from tests.web.conftest import PASSWORD, Client
from web.composition import Composition, composition
from workflows.clock import FixedClock
from workflows.commands.work import grades, pupils
from workflows.commands.work.grades import Marks
from workflows.commands.work.records import key_rows
from workflows.passwords import Passwords
from workflows.queries.records.records import catalogue_of


class Office:
    """A running campaign in the cast's school; `client("principal")` is that person's browser."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app = app
        self.world = world
        self._clients: dict[str, Client] = {}

    @property
    def parts(self) -> Composition:
        """The application's parts."""
        return composition(self.app)

    def client(self, login: str) -> Client:
        """Give somebody's browser, signed in."""
        if login not in self._clients:
            self.app.test_client_class = Client
            made = self.app.test_client()
            assert isinstance(made, Client)
            answer = made.send("/login", login=login, password=PASSWORD)
            assert answer.status_code == 303, answer.text
            self._clients[login] = made
        return self._clients[login]

    def post(self, login: str, address: str, key: str | None = None, **form: Any) -> Any:
        """Send a form with a request key of its own."""
        names = {name.replace("__", "."): value for name, value in form.items()}
        return self.client(login).send(address, request_key=key or uuid4().hex, **names)

    def page(self, login: str, address: str) -> str:
        """Give a page that must be there."""
        answer = self.client(login).get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.text

    def task_id(self, element_id: str, subject: str = "") -> int:
        """Give the id of the one open task of a step."""
        return self.world.task(element_id, subject).id

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the statements that the application sends meanwhile."""
        sent: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            sent.append(statement)

        engine = self.parts.database
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    def assign_officer(self) -> None:
        """Let the head assign the officer: every staff member's review is open then."""
        officer = str(self.world.people["officer"])
        self.world.complete("principal", "assign_officer", "assign", subject="THCS", officer=officer)

    def bring_to_check(self, class_name: str, teacher: str) -> None:
        """Do what the teachers of a class do until its head has to check it."""
        world = self.world
        ids = [pupil.id for pupil in world.pupils(class_name)]
        task_id = self.task_id("review_pupils", class_name)
        world.do(
            lambda work: pupils.approve(
                work,
                task_id=task_id,
                actor=world.actor(work, teacher),
                pupil_ids=ids,
                reasons=dict.fromkeys(ids, "đúng theo hồ sơ gốc"),
            )
        )
        world.complete(teacher, "review_pupils", "done", subject=class_name)
        grading = self.task_id("enter_grades", class_name)
        marks = {one: Marks("8", "7,5", "") for one in ids}
        world.do(
            lambda work: grades.enter(work, task_id=grading, actor=world.actor(work, "visiting"), marks=marks)
        )
        world.complete("visiting", "enter_grades", "done", subject=class_name)
        world.complete(
            teacher,
            "inform_parents",
            "informed",
            subject=class_name,
            channel="meeting",
            informed_on="05/06/2023",
        )
        world.complete(teacher, "hear_objections", "none", subject=class_name)
        world.complete(teacher, "sign_minutes", "report", subject=class_name)


def form_of(page: str) -> dict[str, str]:
    """Read the inputs of a task's form as a browser would send them, unchanged."""
    document = html.fromstring(page)
    found: dict[str, str] = {}
    for one in document.xpath("//*[@form='task-form' and @name]"):
        if one.tag == "select":
            chosen = one.xpath("option[@selected]") or one.xpath("option[1]")
            found[one.get("name")] = chosen[0].get("value", chosen[0].text) if chosen else ""
        elif one.tag == "textarea":
            found[one.get("name")] = one.text or ""
        elif one.tag == "input" and one.get("type") not in ("checkbox", "radio", "file", "password"):
            found[one.get("name")] = one.get("value", "")
    return found


def fill_store(store: Store, clock: FixedClock, pupil_count: int = 5) -> World:
    """Build the world with an account for everybody, publish the shipped procedures, and open a campaign."""
    world = build_world(store, clock, pupils=pupil_count)
    passwords = Passwords(time_cost=1, memory_kib=8)
    with store.make_session() as session:
        for key in PEOPLE:
            hashed = passwords.hash(PASSWORD)
            session.add(Account(person_id=world.people[key], login=key, password_hash=hashed))
        _tidy_records(session)
        session.commit()
    world.publish_shipped()
    world.open_campaign()
    return world


def _tidy_records(session: Session) -> None:
    """Give everybody a record without findings; tests plant the oddities they are about."""
    for kind, roster in (("staff", StaffMember), ("pupil", Pupil)):
        fields = catalogue_of(session, kind)
        for one in session.query(roster):
            one.record = {"birth_date": "2011-02-03", "personal_id": f"0000{len(kind)}{one.id:07}"}
            session.add_all(
                RecordKey(**row) for row in key_rows(kind, one.id, one.unit_id, one.record, fields)
            )
