"""The field catalogue that a new store begins with: what the sector database asks about staff and pupils."""

from collections.abc import Iterator
from typing import Any

from models.catalogue import FieldDefinition
from web.record_choices import (
    CONTRACTS,
    DISABILITIES,
    ETHNIC_GROUPS,
    GENDERS,
    LANGUAGE_LEVELS,
    POLICY_GROUPS,
    QUALIFICATIONS,
    RATINGS,
    TITLES,
    Choices,
)

# A school year and its holidays; a value confirmed in the last review holds until the next one.
ONE_REVIEW = 400
TWO_YEARS = 730

PERSON = ("Thông tin cá nhân", "Personal details")
WORK = ("Công tác", "Employment")
SKILLS = ("Trình độ", "Qualifications")
CONTACT = ("Liên hệ", "Contact")
FAMILY = ("Gia đình và liên hệ", "Family and contact")
POLICY = ("Chế độ, chính sách", "Entitlements")


def _field(
    key: str,
    label: str,
    label_en: str,
    type_: str = "text",
    *,
    required: bool = False,
    pattern: str = "",
    hint: tuple[str, str] = ("", ""),
    unique_in: str = "",
    fresh: int | None = None,
    choices: Choices | None = None,
    sensitive: bool = False,
) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "label_en": label_en,
        "type": type_,
        "required": required,
        "pattern": pattern,
        "hint": hint[0],
        "hint_en": hint[1],
        "unique_in": unique_in,
        "fresh_for_days": fresh,
        "options": {
            key: {"label": label, "label_en": label_en} for key, (label, label_en) in (choices or {}).items()
        },
        "sensitive": sensitive,
    }


def _required(key: str, label: str, label_en: str, type_: str = "text", **rest: Any) -> dict[str, Any]:
    return _field(key, label, label_en, type_, required=True, **rest)


FULL_NAME = _required(
    "full_name",
    "Họ và tên",
    "Full name",
    pattern=r"\S+( \S+)+",
    hint=("Ghi đủ họ, tên đệm và tên", "Family name and given name"),
)
BIRTH_DATE = _required("birth_date", "Ngày sinh", "Date of birth", "date")
GENDER = _required("gender", "Giới tính", "Gender", "select", choices=GENDERS)
PERSONAL_ID = _required(
    "personal_id",
    "Số định danh cá nhân",
    "Personal identifier",
    "personal_id",
    hint=("12 chữ số, như trên căn cước", "12 digits, as on the identity card"),
    unique_in="all",
    sensitive=True,
)
ETHNICITY = _required("ethnicity", "Dân tộc", "Ethnic group", "select", choices=ETHNIC_GROUPS)

STAFF = (
    (PERSON, (FULL_NAME, BIRTH_DATE, GENDER, PERSONAL_ID)),
    (PERSON, (_field("id_issued_on", "Ngày cấp căn cước", "Identity card issued on", "date"), ETHNICITY)),
    (
        WORK,
        (
            _required("joined_sector_on", "Ngày vào ngành", "Joined the sector on", "date"),
            _required("contract", "Loại hợp đồng", "Contract", "select", choices=CONTRACTS),
            _required(
                "insurance_number",
                "Mã số BHXH",
                "Social insurance number",
                pattern=r"\d{10}",
                hint=("10 chữ số", "10 digits"),
                unique_in="all",
                sensitive=True,
            ),
            _field(
                "rating",
                "Xếp loại năm trước",
                "Last year's rating",
                "select",
                choices=RATINGS,
                fresh=ONE_REVIEW,
            ),
        ),
    ),
    (
        SKILLS,
        (
            _required(
                "qualification",
                "Trình độ đào tạo",
                "Qualification",
                "select",
                choices=QUALIFICATIONS,
                fresh=TWO_YEARS,
            ),
            _required("training", "Chuyên ngành đào tạo", "Field of training"),
            _field(
                "title",
                "Hạng chức danh nghề nghiệp",
                "Professional title",
                "select",
                choices=TITLES,
                fresh=TWO_YEARS,
            ),
            _field(
                "foreign_language",
                "Trình độ ngoại ngữ",
                "Foreign language",
                "select",
                choices=LANGUAGE_LEVELS,
            ),
        ),
    ),
    (
        CONTACT,
        (
            _required("phone", "Điện thoại", "Telephone", "phone", fresh=ONE_REVIEW, sensitive=True),
            _required("email", "Thư điện tử", "E-mail", "email", unique_in="all"),
            _required("residence", "Nơi ở hiện nay", "Present address", fresh=ONE_REVIEW, sensitive=True),
            _field("home_place", "Quê quán", "Place of origin"),
        ),
    ),
)
PUPIL = (
    (PERSON, (FULL_NAME, BIRTH_DATE, GENDER, PERSONAL_ID, ETHNICITY)),
    (PERSON, (_required("birth_place", "Nơi sinh", "Place of birth"),)),
    (
        FAMILY,
        (
            _required(
                "residence",
                "Nơi thường trú",
                "Permanent residence",
                fresh=ONE_REVIEW,
                sensitive=True,
                hint=("Số nhà, đường, phường/xã", "House, street, ward"),
            ),
            _field("father_name", "Họ tên cha", "Father's name"),
            _field("mother_name", "Họ tên mẹ", "Mother's name"),
            _required(
                "parent_phone",
                "Điện thoại phụ huynh",
                "Parents' telephone",
                "phone",
                fresh=ONE_REVIEW,
                sensitive=True,
            ),
        ),
    ),
    (
        POLICY,
        (
            _field(
                "health_card",
                "Mã thẻ BHYT",
                "Health insurance card",
                pattern=r"[A-Z]{2}\d{13}",
                hint=("2 chữ cái và 13 chữ số", "2 letters and 13 digits"),
                unique_in="all",
                sensitive=True,
            ),
            _field(
                "disability",
                "Khuyết tật",
                "Disability",
                "select",
                choices=DISABILITIES,
                sensitive=True,
            ),
            _field(
                "policy_group",
                "Diện chính sách",
                "Entitlement group",
                "select",
                choices=POLICY_GROUPS,
                fresh=ONE_REVIEW,
            ),
            _field(
                "swims",
                "Biết bơi",
                "Can swim",
                "select",
                choices={"yes": ("Có", "Yes"), "no": ("Không", "No")},
            ),
        ),
    ),
)


def field_rows() -> Iterator[dict[str, Any]]:
    """Give the rows of `FieldDefinition`, in the order in which people see the fields."""
    for kind, sections in (("staff", STAFF), ("pupil", PUPIL)):
        position = 0
        for (section, section_en), fields in sections:
            for field in fields:
                position += 1
                yield {
                    **field,
                    "kind": kind,
                    "section": section,
                    "section_en": section_en,
                    "position": position,
                }


def definitions(kind: str) -> list[FieldDefinition]:
    """Give the fields of a kind of record as rows that no session knows."""
    return [FieldDefinition(**row) for row in field_rows() if row["kind"] == kind]
