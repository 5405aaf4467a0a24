"""Minutes are PDF/A with the official header, the same bytes for the same content, plain text throughout."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.records.minutes_samples import SAMPLES, class_minutes, person_confirmation, staff_handover
from workflows.records.minutes import MinutesSignature, content_digest, render_minutes, title_of
from workflows.records.minutes_content import PARTS, STATEMENTS, TITLES, MinutesKind

KINDS = get_args(MinutesKind)
SIGNED_AT = datetime(2023, 6, 8, 9, 5, 7, tzinfo=UTC)

needs_pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils not installed")


def text_of(pdf: bytes, order: str = "-layout") -> str:
    done = subprocess.run(["pdftotext", order, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def flowing_text_of(pdf: bytes) -> str:
    return " ".join(text_of(pdf, "-raw").replace("\u200b", "").split())


def signature(content: dict, block: str, **changes: str) -> MinutesSignature:
    parts = {
        "name": "Trần Văn Ưng",
        "capacity": "Cán bộ phụ trách",
        "digest": content_digest(content),
    } | changes
    return MinutesSignature(block, signed_at=SIGNED_AT, **parts)


def test_every_kind_has_a_shape_a_title_a_statement_and_a_sample():
    assert set(KINDS) == PARTS.keys() == TITLES.keys() == STATEMENTS.keys() == SAMPLES.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_minutes_are_pdf_a_with_own_fonts_only(kind):
    content = SAMPLES[kind]()

    pdf = render_minutes(kind, content)

    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"<xmp:CreateDate>2023-06-0" in pdf
    assert content_digest(content).encode() in pdf
    families = {name.split(b"+")[1].split(b"-")[0] for name in re.findall(rb"/FontName/(\S+?)/", pdf)}
    assert families == {b"LiberationSerif"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_content_gives_the_same_bytes_anywhere(kind):
    here = hashlib.sha256(render_minutes(kind, SAMPLES[kind]())).hexdigest()

    program = (
        "import hashlib; from tests.records.minutes_samples import SAMPLES\n"
        "from workflows.records.minutes import render_minutes\n"
        f"print(hashlib.sha256(render_minutes({kind!r}, SAMPLES[{kind!r}]())).hexdigest())"
    )
    elsewhere = os.environ | {"TZ": "America/New_York", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", program], env=elsewhere, capture_output=True, check=True)

    assert done.stdout.decode().strip() == here


@needs_pdftotext
@pytest.mark.parametrize("kind", KINDS)
def test_the_header_is_the_official_one(kind):
    lines = text_of(render_minutes(kind, SAMPLES[kind]())).splitlines()

    assert lines[0].endswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    assert any(line.rstrip().endswith("Độc lập - Tự do - Hạnh phúc") for line in lines[:3])
    assert any("Số: 12/BB-THCSM" in line and "Hải Phòng, ngày 08 tháng 6 năm 2023" in line for line in lines)


@needs_pdftotext
def test_the_header_keeps_its_lines_beside_the_longest_names():
    content = person_confirmation()
    content["heading"] |= {
        "superior": "Ủy ban nhân dân thành phố Hải Phòng, Sở Giáo dục và Đào tạo",
        "unit": "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên huyện Vĩnh Bảo Mẫu Số Mười Hai",
        "place": "Đặc khu Bạch Long Vĩ",
        "dated_on": "2026-02-28",
    }

    lines = text_of(render_minutes("person_confirmation", content)).splitlines()

    assert lines[0].endswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    assert any("Đặc khu Bạch Long Vĩ, ngày 28 tháng 02 năm 2026" in line for line in lines)


@needs_pdftotext
def test_the_foot_keeps_its_parts_apart():
    content = person_confirmation()
    content["heading"]["record"] = "Hồ sơ ở lần cập nhật 1"

    lines = text_of(render_minutes("person_confirmation", content)).splitlines()

    foot = [line.strip() for line in lines if "SHA-256" in line or "Tổng số trang" in line]
    assert foot[0].endswith(content_digest(content))
    assert re.fullmatch(r"Hồ sơ ở lần cập nhật 1 {2,}Tổng số trang: [12]", foot[1])


@needs_pdftotext
def test_class_minutes_name_every_pupil_on_numbered_pages():
    content = class_minutes()

    pdf = render_minutes("class_minutes", content)

    pages = text_of(pdf).split("\f")[:-1]
    text = flowing_text_of(pdf)
    assert all(pupil["code"] in text for pupil in content["pupils"])
    assert "Tổng số học sinh: 45, trong đó đã rà soát, xác nhận: 44; còn lại: 1." in text
    assert "thay mặt giáo viên chủ nhiệm: Trần Văn Ưng" in text
    assert "Số định danh thiếu 1 chữ số" in text
    assert [page.split()[0] for page in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)]
    assert all("Mã học sinh" in page for page in pages[:2])


@needs_pdftotext
def test_a_handover_counts_who_confirmed_and_gives_reasons_for_the_rest():
    text = flowing_text_of(render_minutes("staff_handover", staff_handover()))

    assert "60 người, trong đó đã xác nhận: 58 người; không xác nhận, có lý do: 2 người" in text
    assert "Nghỉ thai sản từ 01/4/2023" in text


@needs_pdftotext
def test_signatures_say_who_when_as_what_and_over_what():
    content = class_minutes()
    helper = signature(content, "helper", on_behalf_of="Phạm Thị Thanh Huệ")

    text = flowing_text_of(render_minutes("class_minutes", content, [helper]))

    assert "16:05:07 ngày 08/06/2023" in text
    assert "Thay mặt: Phạm Thị Thanh" in text
    assert f"Mã: {content_digest(content)[:16]}" in text
    assert text.count("(Ký, ghi rõ họ tên)") == 2


@pytest.mark.parametrize(("block", "changes"), [("helper", {"digest": "0" * 64}), ("nobody", {}), ("", {})])
def test_signatures_over_something_else_are_refused(block, changes):
    content = class_minutes()

    with pytest.raises(ValueError):
        render_minutes("class_minutes", content, [signature(content, block, **changes)])


HOSTILE = '#panic(1) $x$ *đậm* _nghiêng_ [@a] <b>&lt; \\ // /* `x` "#let a = 1" -- --- ~ = +'


@needs_pdftotext
def test_hostile_text_stays_plain():
    content = class_minutes(pupils=2)
    content["pupils"][0]["note"] = HOSTILE
    content["campaign"] = HOSTILE
    content["class_name"] = "%(x)s #9A"

    text = flowing_text_of(render_minutes("class_minutes", content))

    assert HOSTILE in text
    assert "Bàn giao dữ liệu lớp %(x)s #9A" in text


@needs_pdftotext
def test_what_cannot_be_shown_is_spelled_out():
    content = class_minutes(pupils=2)
    content["pupils"][0]["name"] = "Nguye\u0302\u0303n \u202eAn 😀 王"

    text = flowing_text_of(render_minutes("class_minutes", content))

    assert "Nguyễn [U+202E]An" in text
    assert "[U+1F600]" in text
    assert "[U+738B]" in text


@needs_pdftotext
def test_long_texts_are_never_lost():
    content = class_minutes(pupils=2)
    content["pupils"][0]["note"] = "x" * 300 + " cuối từ"
    content["pupils"][1]["note"] = "Một câu rất dài. " * 600 + "cuối trang"
    content["pupils"][1]["outcome"] = "W" * 200
    content["helper"]["reason"] = "Lý do dài. " * 900 + "cuối lý do"
    content["statements"] = ["Cam kết dài. " * 900 + "cuối cam kết"]
    content["recipients"] = [f"Nơi nhận thứ {number}" for number in range(150)]

    text = flowing_text_of(render_minutes("class_minutes", content))

    assert "cuối từ" in text
    assert "cuối trang" in text
    assert "cuối lý do" in text
    assert "cuối cam kết" in text
    assert "Nơi nhận thứ 149" in text
    assert text.count("x") >= 300
    assert text.count("W") >= 200


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=80), number=st.integers(0, 10**9))
def test_any_text_can_be_printed(text, number):
    content = class_minutes(pupils=1)
    content["class_name"] = content["campaign"] = text
    content["pupils"][0] |= {"name": text, "note": text, "returned": number}
    content["heading"] |= {"superior": text, "unit": text, "number": text, "place": text}
    content["statements"] = content["recipients"] = content["basis"] = [text]

    assert render_minutes("class_minutes", content).startswith(b"%PDF")


@pytest.mark.parametrize("kind", KINDS)
def test_empty_lists_have_words_of_their_own(kind):
    content = SAMPLES[kind]()
    for part, value in content.items():
        if isinstance(value, list) and part != "blocks":
            content[part] = []
    content |= {part: None for part in ("helper", "synchronised") if part in content}

    assert render_minutes(kind, content).startswith(b"%PDF")


@pytest.mark.parametrize("kind", KINDS)
def test_a_content_of_another_shape_is_refused(kind):
    whole = SAMPLES[kind]()

    for part in whole:
        with pytest.raises(ValueError, match=part):
            render_minutes(kind, {key: value for key, value in whole.items() if key != part})
    with pytest.raises(ValueError, match="unseen"):
        render_minutes(kind, whole | {"unseen": "hashed and signed but nowhere printed"})
    with pytest.raises(ValueError, match="shape"):
        render_minutes(kind, whole | {"basis": None})


def test_a_digest_is_of_the_content_and_nothing_else():
    content = person_confirmation()
    reordered = dict(reversed(content.items()))

    assert content_digest(content) == content_digest(reordered)
    assert content_digest(content) != content_digest(content | {"campaign": "Đợt khác"})
    with pytest.raises(TypeError):
        content_digest(content | {"dated_on": SIGNED_AT})


def test_minutes_have_a_title_for_lists():
    assert (
        title_of("class_minutes", class_minutes()) == "Biên bản bàn giao dữ liệu lớp 9A12, năm học 2022–2023"
    )
