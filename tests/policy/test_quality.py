"""Findings say precisely what is wrong, and which of the four criteria it breaks."""

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import FieldDefinition
from workflows.policy.field_values import comparable, incorrect, normalise
from workflows.policy.quality import FINDINGS, Assessment, Criterion, FieldRule, Other, assess

TODAY = date(2026, 11, 23)
TYPES = ("text", "number", "date", "select", "phone", "email", "personal_id")


def of_one_field(rule: FieldRule, value: object, confirmed_on=None, others=()) -> Assessment:
    return assess(
        [rule],
        {rule.key: value},
        confirmed_on={rule.key: confirmed_on} if confirmed_on else {},
        duplicates={rule.key: [Other(name, name.replace("lớp", "class")) for name in others]},
        today=TODAY,
    )


def said(assessment: Assessment) -> list[str]:
    return [finding.message % finding.params_in("vi") for finding in assessment.findings]


@pytest.mark.parametrize(
    ("field_type", "value", "message"),
    [
        ("personal_id", "031085001234", None),
        ("personal_id", "03108500123", "Must have 12 digits, has 11: 1 too few."),
        ("personal_id", 31085001234, "Must have 12 digits, has 11: 1 too few."),
        ("personal_id", "03108500123456", "Must have 12 digits, has 14: 2 too many."),
        (
            "personal_id",
            "031123456",
            "Has 9 digits like an old identity card; the personal identifier has 12.",
        ),
        ("personal_id", "03108500123O", "Must be 12 digits; these do not belong: O"),
        ("personal_id", "031 085 001 234", "Must be 12 digits; these do not belong: ␣"),
        ("phone", "0912345678", None),
        ("phone", "+84 912 345 678", None),
        ("phone", "0225.3847.123", None),
        ("phone", "091234567", "Must have 10 digits, has 9: 1 too few."),
        ("phone", "02253847", "Must have 11 digits, has 8: 3 too few."),
        ("phone", "912345678", "A telephone number begins with 0 or +84."),
        ("phone", "09x2345678", "Must be 10 digits; these do not belong: x"),
        ("email", "c.le@haiphong.edu.vn", None),
        ("email", "c.le.haiphong.edu.vn", "An e-mail address has exactly one @; here there are 0."),
        ("email", "c@le@edu.vn", "An e-mail address has exactly one @; here there are 2."),
        ("email", "cô.lê@edu.vn", "What stands before the @ is not valid: “cô.lê”."),
        ("email", "c..le@edu.vn", "What stands before the @ is not valid: “c..le”."),
        ("email", "c.le@edu", "What stands after the @ is not valid: “edu”."),
        ("email", "c.le@-edu.vn", "What stands after the @ is not valid: “-edu.vn”."),
        ("date", "1980-12-31", None),
        ("date", "31/12/1980", None),
        ("date", "31/02/1980", "“31/02/1980” is not a date; write it as 31/12/1980."),
        ("date", "1980", "“1980” is not a date; write it as 31/12/1980."),
        ("date", "0198-01-01", "The year 198 cannot be right."),
        ("number", "8,5", None),
        ("number", 8.5, None),
        ("number", "8.5đ", "“8.5đ” is not a number."),
        ("select", "male", None),
        ("select", "Nam", "“Nam” is not among the choices."),
    ],
)
def test_a_value_of_a_type_is_correct_or_says_why_not(field_type, value, message):
    rule = FieldRule("field", "Trường", type=field_type, options=frozenset({"male", "female"}))

    assessment = of_one_field(rule, value)

    assert said(assessment) == ([message] if message else [])
    assert assessment.meets(Criterion.CORRECT) is (message is None)
    assert assessment.meets(Criterion.COMPLETE)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("Nguyễn Thị Hòa", None),
        (" Nguyễn Thị Hòa", "There are blanks before or after the text."),
        ("Nguyễn  Thị Hòa", "There are several blanks in a row."),
        ("Nguyễn\u00a0Thị Hòa", "There are invisible characters: U+00A0."),
        ("Nguyễn\u200bThị Hòa\u202e", "There are invisible characters: U+200B, U+202E."),
        ("Nguye\u0302\u0303n Thị Hòa", "Letters and their marks are stored apart; save the field again."),
        ("Nguyễn Thị H\u043eà", "There are letters of another alphabet: \u043e"),
        ("Nguyá»…n Thá»‹ HÃ²a", "The text was read in a wrong encoding; type it again."),
        ("Иванова", None),
        ("Đỗ Mười – Hà Nội", None),
    ],
)
def test_a_text_is_clean_or_says_why_not(value, message):
    assessment = of_one_field(FieldRule("name", "Họ và tên"), value)

    assert said(assessment) == ([message] if message else [])
    assert assessment.meets(Criterion.CLEAN) is (message is None)


@pytest.mark.parametrize(
    ("value", "complete"), [(None, False), ("", False), (" \u200b ", False), (0, True), ("0", True)]
)
def test_a_required_field_is_filled_in_or_missing(value, complete):
    required = of_one_field(FieldRule("field", "Trường", required=True), value)
    optional = of_one_field(FieldRule("field", "Trường"), value)

    assert required.meets(Criterion.COMPLETE) is complete
    assert optional.meets(Criterion.COMPLETE)


def test_a_pattern_is_explained_by_its_hint_in_the_reader_s_language():
    rule = FieldRule("code", "Mã", pattern=r"GV-\d+", hint="GV- và các chữ số", hint_en="GV- and digits")

    (finding,) = of_one_field(rule, "HS-12").findings

    assert finding.message % finding.params_in("vi") == "Does not have the required form: GV- và các chữ số"
    assert finding.message % finding.params_in("en") == "Does not have the required form: GV- and digits"
    assert of_one_field(rule, "GV-12").findings == ()


def test_a_pattern_of_so_many_digits_counts_them():
    rule = FieldRule("code", "Mã số thuế", pattern=r"^\d{10}$", hint="10 chữ số")

    assert said(of_one_field(rule, "12345678")) == ["Must have 10 digits, has 8: 2 too few."]


def test_a_duplicate_names_a_few_of_the_others():
    rule = FieldRule("personal_id", "Số ĐDCN", type="personal_id", unique_in="all")
    others = ("Lê An", "Lê Bình", "Lê Chi", "Lê Dũng")

    assert said(of_one_field(rule, "031085001234", others=others[:1])) == ["The same value stands with Lê An"]
    assert said(of_one_field(rule, "031085001234", others=others)) == [
        "The same value stands with Lê An, Lê Bình, Lê Chi và 1 nơi khác"
    ]
    (finding,) = of_one_field(rule, "031085001234", others=("lớp 6C", "Lê An", "lớp 6C")).findings
    assert finding.params_in("vi") == {"others": "lớp 6C (2), Lê An"}
    assert finding.params_in("en") == {"others": "class 6C (2), Lê An"}
    assert of_one_field(rule, None, others=others).findings == ()
    assert of_one_field(FieldRule("name", "Tên"), "Lê An", others=others).findings == ()


@pytest.mark.parametrize(
    ("confirmed_on", "message"),
    [
        (date(2026, 8, 25), None),
        (date(2026, 11, 24), None),
        (date(2026, 8, 24), "Last confirmed on 24/08/2026, 91 days ago; it must be confirmed every 90 days."),
        (None, "Never confirmed; it must be confirmed every 90 days."),
    ],
)
def test_a_value_lives_while_it_is_confirmed_often_enough(confirmed_on, message):
    rule = FieldRule("phone", "Điện thoại", type="phone", fresh_for_days=90)

    assessment = of_one_field(rule, "0912345678", confirmed_on)

    assert said(assessment) == ([message] if message else [])
    assert assessment.meets(Criterion.LIVE) is (message is None)


@pytest.mark.parametrize("value", [None, "", " \u200b "])
def test_an_entirely_empty_record_is_not_correct_clean_or_live(value):
    empty = of_one_field(FieldRule("field", "Trường"), value)
    half = assess(
        [FieldRule("field", "Trường"), FieldRule("other", "Trường khác")],
        {"field": value, "other": "a"},
        confirmed_on={},
        duplicates={},
        today=TODAY,
    )

    assert [one for one, met in empty.criteria.items() if met] == [Criterion.COMPLETE]
    assert all(half.criteria.values())


def test_one_field_can_break_all_it_can():
    rule = FieldRule("id", "Số ĐDCN", type="personal_id", required=True, unique_in="unit", fresh_for_days=30)

    assessment = of_one_field(rule, " 03108500123 ", others=("Lê An",))

    assert assessment.criteria == {
        Criterion.CORRECT: False,
        Criterion.COMPLETE: True,
        Criterion.CLEAN: False,
        Criterion.LIVE: False,
    }


@given(
    field_type=st.sampled_from(TYPES),
    value=st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans()),
)
def test_no_value_breaks_the_assessment(field_type, value):
    rule = FieldRule("field", "Trường", type=field_type, required=True, unique_in="all", fresh_for_days=1)

    for finding in of_one_field(rule, value, others=("ai đó",)).findings:
        assert finding.message % finding.params_in("en")
        assert finding.kind in FINDINGS


@given(st.text())
def test_what_is_normalised_stays_and_is_clean(value):
    kept = normalise(value)

    assert normalise(kept) == kept
    assert kept is None or unicodedata.is_normalized("NFC", kept)
    assert not {"edge_blanks", "double_blanks", "invisible_characters", "loose_marks"} & {
        finding.kind for finding in of_one_field(FieldRule("field", "Trường"), kept).findings
    }


def test_lines_are_kept_where_there_may_be_several():
    assert normalise(" một  hai \r\n\n ba\x00 \n", multiline=True) == "một hai\n\nba"
    assert normalise("một\nhai") == "một hai"
    assert normalise(7) == 7


@pytest.mark.parametrize(
    ("field_type", "one", "other"),
    [
        ("phone", "+84 912 345 678", "0912.345.678"),
        ("personal_id", "031 085 001 234", "031085001234"),
        ("email", "C.Le@edu.vn ", "c.le@EDU.vn"),
        ("text", "Hoà", "Hòa"),
    ],
)
def test_duplicates_are_found_however_they_are_written(field_type, one, other):
    assert comparable(field_type, one) == comparable(field_type, other) is not None
    assert comparable(field_type, " ") is comparable(field_type, None) is None


def test_a_rule_is_taken_from_the_catalogue():
    definition = FieldDefinition(
        kind="staff",
        key="gender",
        label="Giới tính",
        label_en="Gender",
        type="select",
        required=True,
        pattern="",
        hint="",
        hint_en="",
        unique_in="",
        fresh_for_days=None,
        options={"male": "Nam", "female": "Nữ"},
    )

    assert FieldRule.of(definition) == FieldRule(
        "gender", "Giới tính", "Gender", "select", required=True, options=frozenset({"male", "female"})
    )


def test_a_year_is_no_number_to_be_grouped() -> None:
    fault = incorrect("date", "12/03/1813")

    assert fault is not None
    assert fault.params == {"year": "1813"}
