"""What the operations pages say: the history as sentences, English where the drawing has it."""
# ruff: noqa: F811  (fixtures of another module)

from models.journal import JournalKind
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    at_work,
    office,
    opened_world,
    run_of,
    sqlite_store,
)
from tests.web.work.office import Office
from web.administration import operations_words
from workflows.queries.operating.why import CHILDREN, Sentence
from workflows.records.journal import record


def test_history_says_what_the_clock_did_as_a_sentence_of_its_own(at_work: Office) -> None:
    run = run_of(at_work, "review_record", "Chủ Nhiệm")
    at_work.world.do(
        lambda work: record(
            work,
            JournalKind.TIMER_FIRED,
            unit_id=run.unit_id,
            instance_id=run.id,
            actor_id=None,
            details={"element": "review_record"},
        )
    )

    page = at_work.page(ADMIN, f"/operations/{run.id}")

    assert "<strong>Đến thời điểm đặt cho “Rà soát hồ sơ”</strong>" in page
    assert "Hệ thống</strong> đến" not in page


def test_pages_in_english_use_the_english_words_of_the_drawing(at_work: Office) -> None:
    at_work.post(ADMIN, "/language", language="en")

    procedure = at_work.page(ADMIN, "/procedures/class_review")

    assert "Homeroom teacher" in procedure
    assert "Entry of grades per subject" in procedure
    assert "Giáo viên chủ nhiệm" not in procedure


def test_why_names_called_runs_in_the_language_of_the_reader(at_work: Office) -> None:
    why = Sentence(CHILDREN, {"open": 1, "total": 2, "name": "Rà soát lớp", "name_en": "Class review"})

    with at_work.app.test_request_context("/?lang=en"):
        english = operations_words.sentence(why)
    with at_work.app.test_request_context("/"):
        vietnamese = operations_words.sentence(why)

    assert english == "Waits for 1 of 2 runs of “Class review”."
    assert "“Rà soát lớp”" in vietnamese
