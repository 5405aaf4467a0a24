"""The list of signed documents, one document, its PDF; who may see them, and that looks are kept."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import select, update

from models.campaign import SubjectKind
from models.document import Document, Signature
from models.instance import InstanceState, ProcessInstance
from models.journal import JournalKind, RecordAccess
from models.process import ProcessDefinition, ProcessVersion
from models.task import Task, TaskState
from tests.records.minutes_samples import SAMPLES
from tests.web.conftest import Cast, Client
from workflows.clock import FixedClock
from workflows.records.journal import record
from workflows.records.minutes import content_digest, title_of
from workflows.records.signatures import signature_digest
from workflows.unit_of_work import UnitOfWork

Work = Callable[[], AbstractContextManager[UnitOfWork]]


@pytest.fixture
def document_ids(work: Work, cast: Cast, clock: FixedClock) -> dict[str, int]:
    """Store one signed document of each kind: the teacher's own and three of the head."""
    with work() as unit_of_work:
        return {
            kind: _sign(unit_of_work, cast, kind, number, "teacher" if number == 1 else "head")
            for number, kind in enumerate(SAMPLES, start=1)
        }


def _sign(
    work: UnitOfWork,
    cast: Cast,
    kind: str,
    number: int,
    who: str,
    instance: ProcessInstance | None = None,
    place: int = 0,
) -> int:
    session, signer = work.session, cast.persons[who]
    version = session.scalar(select(ProcessVersion)) or _version(work)
    instance = instance or ProcessInstance(
        version_id=version.id,
        unit_id=cast.school,
        subject_kind=SubjectKind.STAFF,
        subject_id=7,
        state=InstanceState.RUNNING,
        started_at=work.now,
    )
    session.add(instance)
    session.flush()
    task = Task(
        instance_id=instance.id,
        version_id=version.id,
        unit_id=cast.school,
        subject_kind=SubjectKind.STAFF,
        subject_id=7,
        element_id="sign",
        token="t",
        state=TaskState.COMPLETED,
        assignee_id=signer,
        completed_by_id=signer,
        completed_at=work.now,
        opened_at=work.now,
        due_at=work.now,
    )
    content = SAMPLES[kind]()
    content["heading"]["number"] = ""
    document = Document(
        kind=kind,
        title=title_of(kind, content),
        number=f"{number}/BB-THCSM",
        unit_id=cast.school,
        instance_id=instance.id,
        content=content,
        digest=content_digest(content),
        made_at=work.now,
    )
    session.add_all([task, document])
    session.flush()
    signature = Signature(
        task_id=task.id,
        document_id=document.id,
        block=content["blocks"][place]["key"],
        signer_id=signer,
        capacity="Tư cách thử, Trường THCS Mẫu",
        signed_at=work.now,
    )
    signature.digest = signature_digest(signature, document.digest, {"outcome": "done"})
    session.add(signature)
    session.flush()
    details = {
        "document": document.id,
        "number": document.number,
        "digest": document.digest,
        "signature": signature.id,
        "signature_digest": signature.digest,
        "answer": {"outcome": "done"},
        "said": [["Đúng: dữ liệu khớp hồ sơ gốc", "Có"]],
    }
    record(
        work,
        JournalKind.SIGNED,
        unit_id=cast.school,
        instance_id=instance.id,
        task_id=task.id,
        actor_id=signer,
        details=details,
    )
    return document.id


def _version(work: UnitOfWork) -> ProcessVersion:
    definition = ProcessDefinition(key="thu", name="Thử", name_en="Trial")
    work.session.add(definition)
    work.session.flush()
    version = ProcessVersion(definition_id=definition.id, number=1, xml="", digest="", published_at=work.now)
    work.session.add(version)
    work.session.flush()
    return version


@pytest.fixture
def looks(work: Work) -> Callable[[], list[tuple[int, str, int]]]:
    def read() -> list[tuple[int, str, int]]:
        with work() as unit_of_work:
            rows = unit_of_work.session.scalars(select(RecordAccess).order_by(RecordAccess.id))
            return [(row.person_id, row.kind, row.subject_id) for row in rows]

    return read


def test_list_shows_what_each_may_see(
    client_of: Callable[[str], Client], document_ids: dict[str, int]
) -> None:
    of_head = client_of("head").get("/documents").text
    of_teacher = client_of("teacher").get("/documents").text
    of_office = client_of("office").get("/documents").text

    for kind, document_id in document_ids.items():
        mark = f'id="document-{document_id}"'
        assert mark in of_head
        assert mark in of_office
        assert (mark in of_teacher) is (kind == "person_confirmation")


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=class_minutes", {"class_minutes"}),
        ("kind=unknown", set(SAMPLES)),
        ("q=2/BB", {"staff_handover"}),
        ("q=nguyen van vi du", {"person_confirmation"}),
        ("q=100%25_", set()),
        ("campaign=99", set()),
        ("unit=99999999999999999999", set(SAMPLES)),
    ],
)
def test_list_is_filtered_by_the_address(
    client_of: Callable[[str], Client], document_ids: dict[str, int], query: str, kinds: set[str]
) -> None:
    text = client_of("head").get(f"/documents?{query}").text

    assert {kind for kind, id_ in document_ids.items() if f'id="document-{id_}"' in text} == kinds


@pytest.mark.parametrize("kind", SAMPLES)
def test_document_shows_what_was_signed_and_by_whom(
    client_of: Callable[[str], Client], document_ids: dict[str, int], kind: str
) -> None:
    answer = client_of("head").get(f"/documents/{document_ids[kind]}")

    assert answer.status_code == 200
    assert "Tư cách thử, Trường THCS Mẫu" in answer.text
    assert "Đúng: dữ liệu khớp hồ sơ gốc: Có" in answer.text
    assert "notice-refused" not in answer.text
    assert f"/documents/{document_ids[kind]}/pdf" in answer.text


def test_pdf_has_the_same_bytes_every_time(
    client_of: Callable[[str], Client], document_ids: dict[str, int]
) -> None:
    address = f"/documents/{document_ids['class_minutes']}/pdf"

    first, second = (client_of(login).get(address) for login in ("head", "office"))

    assert first.status_code == 200
    assert first.mimetype == "application/pdf"
    assert first.data.startswith(b"%PDF-")
    assert first.data == second.data
    assert "3-BB-THCSM.pdf" in first.headers["Content-Disposition"]


def test_strangers_see_nothing(client_of: Callable[[str], Client], document_ids: dict[str, int]) -> None:
    teacher = client_of("teacher")

    for address in ("", "/pdf"):
        assert teacher.get(f"/documents/{document_ids['school_report']}{address}").status_code == 403
        assert teacher.get(f"/documents/4711{address}").status_code == 404


def test_a_look_at_personal_data_is_kept(
    client_of: Callable[[str], Client],
    document_ids: dict[str, int],
    cast: Cast,
    looks: Callable[[], list[tuple[int, str, int]]],
) -> None:
    office = client_of("office")

    office.get(f"/documents/{document_ids['person_confirmation']}")
    office.get(f"/documents/{document_ids['school_report']}")

    assert looks() == [(cast.persons["office"], "staff", 7)]


def test_a_signature_taken_back_is_shown_as_such(
    client_of: Callable[[str], Client], document_ids: dict[str, int], work: Work, clock: FixedClock
) -> None:
    document_id = document_ids["staff_handover"]
    with work() as unit_of_work:
        unit_of_work.session.execute(
            update(Signature).where(Signature.document_id == document_id).values(withdrawn_at=clock.now())
        )
    head = client_of("head")

    page = head.get(f"/documents/{document_id}").text

    assert "notice-warning" in page
    assert f"/documents/{document_id}/pdf" not in page
    assert head.get(f"/documents/{document_id}/pdf").status_code == 409


def test_an_altered_document_says_so_and_is_not_printed(
    client_of: Callable[[str], Client], document_ids: dict[str, int], work: Work
) -> None:
    document_id = document_ids["staff_handover"]
    with work() as unit_of_work:
        unit_of_work.session.execute(
            update(Document).where(Document.id == document_id).values(content={"officer": "forged"})
        )
    head = client_of("head")

    page = head.get(f"/documents/{document_id}")

    assert page.status_code == 200
    assert "notice-refused" in page.text
    assert head.get(f"/documents/{document_id}/pdf").status_code == 409


def test_what_is_signed_anew_replaces_the_older_document(
    client_of: Callable[[str], Client],
    document_ids: dict[str, int],
    cast: Cast,
    work: Work,
    clock: FixedClock,
) -> None:
    older = document_ids["class_minutes"]
    with work() as unit_of_work:
        newer = _again(unit_of_work, cast, older, place=0)
    head = client_of("head")

    old_page, new_page, listed = (head.get(f"/documents{one}").text for one in (f"/{older}", f"/{newer}", ""))

    assert f'Đã được thay bằng số <a class="tap" href="/documents/{newer}">9/BB-THCSM ngày' in old_page
    assert "còn hiệu lực" in new_page
    assert "còn hiệu lực</span>" not in old_page
    assert f'Thay cho số <a class="tap" href="/documents/{older}">3/BB-THCSM ngày' in new_page
    assert "Đã được thay bằng" not in new_page
    assert listed.count("Đã được thay bằng số") == listed.count("Thay cho số") == 1

    with work() as unit_of_work:
        unit_of_work.session.execute(
            update(Signature).where(Signature.document_id == newer).values(withdrawn_at=clock.now())
        )
    assert "Đã được thay bằng" not in head.get(f"/documents/{older}").text


def test_a_signature_in_another_place_replaces_nothing(
    client_of: Callable[[str], Client], document_ids: dict[str, int], cast: Cast, work: Work
) -> None:
    older = document_ids["class_minutes"]
    with work() as unit_of_work:
        _again(unit_of_work, cast, older, place=1)

    assert "Đã được thay bằng" not in client_of("head").get(f"/documents/{older}").text


def _again(work: UnitOfWork, cast: Cast, document_id: int, place: int) -> int:
    document = work.session.get_one(Document, document_id)
    run = work.session.get_one(ProcessInstance, document.instance_id)
    return _sign(work, cast, document.kind, 9, "head", run, place)
