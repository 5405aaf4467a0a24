"""A class that waits for approval, people to tell about it, and a mail server that does as it is told."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from itertools import count
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from models.campaign import Campaign, CampaignState, SubjectKind
from models.database import make_sessions
from models.instance import InstanceState, ProcessInstance
from models.notification import Message, Notification
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from models.person import Account, Appointment, Person, Position
from models.process import ProcessDefinition, ProcessVersion
from models.task import Task, TaskState
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.engine import ProcessEngine
from workflows.notify.channels.email import EmailChannel, MailSettings
from workflows.notify.outbox import announce
from workflows.unit_of_work import UnitOfWork, begin_work

BASE_URL = "https://rasoat.example"
PRINCIPAL, TEACHER, HELPER, UNREACHABLE = 1, 2, 3, 4
SCHOOL = 1
CAMPAIGN = 1
DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:rs="urn:rasoat:1"
    id="d" targetNamespace="urn:rasoat:test">
  <bpmn:process id="class_review" name="Rà soát lớp" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="approve_class"/>
    <bpmn:userTask id="approve_class" name="Duyệt lớp" rs:nameEn="Approve class">
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f2" sourceRef="approve_class" targetRef="review_record"/>
    <bpmn:userTask id="review_record" name="Rà soát hồ sơ" rs:nameEn="Review the record">
      <bpmn:incoming>f2</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:sequenceFlow id="f3" sourceRef="review_record" targetRef="end"/>
    <bpmn:endEvent id="end"><bpmn:incoming>f3</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""


@dataclass
class House:
    """A school with people and tasks, and what a test does in it."""

    store: Store
    clock: FixedClock
    tokens: Iterator[int] = field(default_factory=count)
    engine: ProcessEngine = field(default_factory=lambda: ProcessEngine(lambda version_id: DIAGRAM.encode()))

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        return begin_work(self.store.make_session, self.engine, self.clock)

    def beginner(self) -> Callable[[], AbstractContextManager[UnitOfWork]]:
        """Begin work as another process does: over connections of its own."""
        sessions = make_sessions(self.store.open())
        return partial(begin_work, sessions, self.engine, self.clock)

    def open_task(self, due_in: timedelta = timedelta(days=1), **columns: Any) -> int:
        """Add an open task; by default the approval of class 6A by the principal."""
        given = {
            "instance_id": 1,
            "version_id": 1,
            "campaign_id": CAMPAIGN,
            "unit_id": SCHOOL,
            "subject_kind": SubjectKind.CLASS,
            "subject_id": 1,
            "subject_name": "6A",
            "element_id": "approve_class",
            "state": TaskState.OPEN,
            "assignee_id": PRINCIPAL,
            "opened_at": self.clock.now(),
            "due_at": self.clock.now() + due_in,
            **columns,
        }
        with self.begin() as work:
            # Each a token of its own: a step is open once in an instance.
            task = Task(**given, token=f"token-{next(self.tokens)}")
            work.session.add(task)
            work.session.flush()
            return task.id

    def tell(self, message: Message, *person_ids: int, **about: Any) -> None:
        with self.begin() as work:
            announce(work, message, person_ids=person_ids, **about)

    def notices(self) -> list[Notification]:
        with self.store.make_reading_session() as session:
            return list(session.scalars(select(Notification).order_by(Notification.id)))

    def change(self, row: type[Any], row_id: int, **values: Any) -> None:
        with self.begin() as work:
            found = work.session.get_one(row, row_id)
            for name, value in values.items():
                setattr(found, name, value)


@pytest.fixture
def house(store: Store, clock: FixedClock) -> House:
    return furnished(store, clock)


@pytest.fixture
def sqlite_house(sqlite_store: Store, clock: FixedClock) -> House:
    return furnished(sqlite_store, clock)


def furnished(store: Store, clock: FixedClock) -> House:
    now = clock.now()
    with store.make_session.begin() as session:
        school = OrganisationUnit(
            id=SCHOOL, kind=UnitKind.SCHOOL, code="mau", name="Trường THCS Mẫu", short_name="THCS Mẫu"
        )
        school.levels = frozenset({SchoolLevel.THCS})
        session.add(school)
        for person_id, name, honorific, email in (
            (PRINCIPAL, "Lê Thị Mẫu", "Cô", "mau@truong.example"),
            (TEACHER, "Phạm Văn Ảo", "Thầy", "ao@truong.example"),
            (HELPER, "Trần Văn Ví Dụ", "Thầy", "vidu@truong.example"),
            (UNREACHABLE, "Đỗ Thị Giả", "Cô", ""),
        ):
            session.add(Person(id=person_id, full_name=name, honorific=honorific, email=email))
        session.add(ProcessDefinition(id=1, key="class_review", name="Rà soát lớp"))
        session.flush()
        for person_id in (PRINCIPAL, TEACHER, UNREACHABLE):
            session.add(Account(id=person_id, person_id=person_id, login=f"p{person_id}", password_hash="-"))
        session.add(
            Appointment(person_id=PRINCIPAL, unit_id=SCHOOL, position=Position.HEAD, from_on=date(2020, 9, 1))
        )
        session.add(
            ProcessVersion(id=1, definition_id=1, number=1, xml=DIAGRAM, digest="-", published_at=now)
        )
        session.add(
            Campaign(
                id=CAMPAIGN,
                title="Rà soát 2023",
                title_en="Review 2023",
                unit_id=SCHOOL,
                school_year="2022-2023",
                state=CampaignState.RUNNING,
                opened_at=now,
                opened_by_id=PRINCIPAL,
            )
        )
        session.flush()
        session.add(
            ProcessInstance(
                id=1,
                version_id=1,
                campaign_id=CAMPAIGN,
                unit_id=SCHOOL,
                subject_kind=SubjectKind.CLASS,
                subject_id=1,
                subject_name="6A",
                state=InstanceState.RUNNING,
                started_at=now,
            )
        )
    return House(store, clock)


@dataclass
class MailServer:
    """A real SMTP server on this host; `answers` are given to the next transactions in turn, then it accepts."""

    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    # "450 …" or "550 …" refuses the recipient; "refuse 554 …" the text; "hang up early", "hang up late".
    answers: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> MailSettings:
        return MailSettings(
            host="127.0.0.1", port=self.port, security="none", sender="Rà soát <rasoat@phong.example>"
        )

    @property
    def channel(self) -> EmailChannel:
        return EmailChannel(self.settings)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.tried.append(address)
        envelope.answer = self.answers.pop(0) if self.answers else ""
        if envelope.answer == "hang up early":
            server.transport.abort()
            return "421 gone"
        if envelope.answer[:1].isdigit():
            return str(envelope.answer)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if envelope.answer.startswith("refuse "):
            return str(envelope.answer.removeprefix("refuse "))
        # Give other workers time to make a mistake.
        await asyncio.sleep(0.002)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append((envelope.rcpt_tos[0], message))
        if envelope.answer == "hang up late":
            server.transport.abort()
        return "250 taken"


def body_of(mail: EmailMessage) -> str:
    """Give a mail's text with the line ends of this host: those of a mail are CRLF."""
    return str(mail.get_content()).replace("\r\n", "\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer(port=free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()
