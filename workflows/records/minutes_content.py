"""The content of each kind of minutes: what is hashed, signed, kept as JSON and printed.

Plain JSON values only. Texts are Vietnamese and final: what a reader of the document sees is in here, except
headings and column titles. Dates are ISO dates of the local day; an empty string stands for "none". Personal
data goes in only where the document is about that very person.
"""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

MinutesKind = Literal["person_confirmation", "staff_handover", "class_minutes", "school_report"]


class Heading(TypedDict):
    """What stands above the title (Decree 30/2020): `superior` may be empty, `number` is "12/BB-THCSM".

    In what people sign `number` is empty: a document gets its number by being signed. `record` stands small at the
    foot: which state of a record the document is about, so that values which are not printed are signed as well.
    """

    superior: str
    unit: str
    number: str
    place: str
    dated_on: str
    record: NotRequired[str]


class Party(TypedDict):
    """Somebody named in the minutes, with the capacity in which they take part."""

    name: str
    capacity: str


class Block(TypedDict):
    """A place to sign; `key` ties signatures to it, `heading` is printed above ("HIỆU TRƯỞNG")."""

    key: str
    heading: str


class Criteria(TypedDict):
    """Đúng, đủ, sạch, sống: what the signer confirms by name (C9)."""

    correct: bool
    complete: bool
    clean: bool
    live: bool


class Movement(TypedDict):
    """Somebody who joined or left since the roster was drawn up (C6); `kind` in words."""

    name: str
    kind: str
    on: str
    reason: str


class Minutes(TypedDict):
    """What all kinds have; `basis` names the orders they rest on, `statements` are the sentences signed."""

    heading: Heading
    campaign: str
    basis: list[str]
    statements: list[str]
    blocks: list[Block]
    recipients: list[str]


class FieldRow(TypedDict):
    """A field of the record as confirmed."""

    label: str
    value: str


class Correction(TypedDict):
    """A value that the review changed."""

    label: str
    before: str
    after: str
    corrected_on: str


class PersonConfirmation(Minutes):
    """Biên bản xác nhận thông tin đã rà soát: one member of staff confirms their own record (P1.2)."""

    person: Party
    employment: str
    officer: Party
    fields: list[FieldRow]
    corrections: list[Correction]
    criteria: Criteria


class StaffRow(TypedDict):
    """A member of staff and what became of their review; `reason` where there is no confirmation (P1.3)."""

    name: str
    duty: str
    employment: str
    confirmed: bool
    outcome: str
    on: str
    reason: str


class Synchronisation(TypedDict):
    """The staff data taken over into the sector database (P1.4)."""

    on: str
    result: str


class StaffHandover(Minutes):
    """Biên bản bàn giao các xác nhận: the officer hands all signed confirmations to the head (P1.4)."""

    officer: Party
    head: Party
    staff: list[StaffRow]
    movements: list[Movement]
    synchronised: Synchronisation | None


class Helper(TypedDict):
    """Who acted under their own account for the homeroom teacher, who stays accountable (P2.3)."""

    name: str
    capacity: str
    assigned_by: str
    assigned_on: str
    reason: str


class PupilRow(TypedDict):
    """A pupil by name and school code alone; `returned` counts how often the head sent them back."""

    name: str
    code: str
    confirmed: bool
    outcome: str
    returned: int
    note: str


class Return(TypedDict):
    """One return of one pupil, or of the class, with its reason (P2.5)."""

    name: str
    round: int
    reason: str
    returned_by: str
    returned_on: str
    settled_on: str
    # What was answered in words; documents of the first releases have none.
    answer: NotRequired[str]


class GradeEntry(TypedDict):
    """The grades of one subject; `entered_by` differs from `teacher` where somebody helped (P2.2, P2.3)."""

    subject: str
    teacher: str
    entered_by: str
    entered_on: str


class Informing(TypedDict):
    """How and when parents were told of the data, and of how many pupils (P2.4)."""

    channel: str
    on: str
    pupils: int
    note: str


class Objection(TypedDict):
    """What a parent or pupil objected to, and how it ended (P2.4)."""

    name: str
    raised_on: str
    about: str
    result: str
    settled_on: str


class ClassMinutes(Minutes):
    """Biên bản bàn giao dữ liệu lớp: the homeroom teacher hands the reviewed class to the head (P2.4)."""

    school_year: str
    class_name: str
    homeroom_teacher: Party
    helper: Helper | None
    pupils: list[PupilRow]
    movements: list[Movement]
    returns: list[Return]
    grades: list[GradeEntry]
    informed: list[Informing]
    objections: list[Objection]


class ClassRow(TypedDict):
    """A class with its counts; `odd` records still have findings, `minutes` is the number of its minutes."""

    name: str
    homeroom_teacher: str
    pupils: int
    confirmed: int
    returned: int
    odd: int
    confirmed_on: str
    minutes: str


class StaffGroup(TypedDict):
    """A group of staff with its counts; `excepted` were accepted by the head with a reason."""

    group: str
    total: int
    confirmed: int
    excepted: int


class Unreviewed(TypedDict):
    """Somebody who was not reviewed, and why the head accepts it."""

    name: str
    reason: str


class OddRecords(TypedDict):
    """How many records the product still finds fault with, by criterion."""

    correct: int
    complete: int
    clean: int
    live: int


class ReturnedWhole(TypedDict):
    """One return of the school, a class or a member of staff as a whole, and what came of it (C5)."""

    name: str
    reason: str
    returned_by: str
    returned_on: str
    answer: str


class SchoolReport(Minutes):
    """Báo cáo hoàn thành rà soát: the head confirms the school to its superior unit (P2.6, C9)."""

    school_year: str
    levels: str
    head: Party
    receiver: str
    classes: list[ClassRow]
    staff: list[StaffGroup]
    exceptions: list[Unreviewed]
    criteria: Criteria
    records: int
    odd: OddRecords
    difficulties: list[str]
    # Reports of the first releases have none.
    returns: NotRequired[list[ReturnedWhole]]


# The parts that each kind must have, no fewer and no more.
PARTS: Mapping[MinutesKind, frozenset[str]] = {
    "person_confirmation": PersonConfirmation.__required_keys__,
    "staff_handover": StaffHandover.__required_keys__,
    "class_minutes": ClassMinutes.__required_keys__,
    "school_report": SchoolReport.__required_keys__,
}

# What a kind may have besides: documents that were signed before the part was there stay as they are.
ADDED_LATER: Mapping[MinutesKind, frozenset[str]] = {"school_report": SchoolReport.__optional_keys__}

# The sentences people sign when nobody wrote others; pages show them above the password.
STATEMENTS: Mapping[MinutesKind, tuple[str, ...]] = {
    "person_confirmation": (
        "Tôi đã trực tiếp xem và rà soát toàn bộ thông tin cá nhân nêu trên cùng cán bộ phụ trách. "
        "Tôi xác nhận các thông tin đã được cập nhật trên CSDL ngành là đúng, đủ và chịu trách nhiệm về "
        "nội dung xác nhận này.",
    ),
    "staff_handover": (
        "Cán bộ phụ trách bàn giao đầy đủ các biên bản xác nhận thông tin đã rà soát của cán bộ, "
        "giáo viên, nhân viên có tên tại mục 1 cho thủ trưởng đơn vị; các trường hợp chưa xác nhận đã được "
        "nêu rõ lý do.",
        "Các biên bản được lưu tại đơn vị và là tài liệu phục vụ công tác kiểm tra.",
    ),
    "class_minutes": (
        "Giáo viên chủ nhiệm đã rà soát, cập nhật thông tin của từng học sinh trong lớp, đã thông tin đến "
        "học sinh, cha mẹ học sinh để phối hợp rà soát, và chịu trách nhiệm về tính chính xác của dữ liệu "
        "bàn giao.",
        "Biên bản được lưu tại đơn vị và là tài liệu phục vụ công tác kiểm tra.",
    ),
    "school_report": (
        "Thủ trưởng đơn vị đã trực tiếp kiểm tra dữ liệu sau khi cập nhật của từng lớp, xác nhận hoàn thành "
        "quá trình rà soát, cập nhật dữ liệu và chịu trách nhiệm về tính chính xác của dữ liệu của đơn vị.",
    ),
}

# The line that names the document and the line under it.
TITLES: Mapping[MinutesKind, tuple[str, str]] = {
    "person_confirmation": ("Biên bản", "Xác nhận thông tin đã rà soát trên CSDL ngành"),
    "staff_handover": (
        "Biên bản",
        "Bàn giao các xác nhận thông tin đã rà soát của cán bộ, giáo viên, nhân viên",
    ),
    "class_minutes": ("Biên bản", "Bàn giao dữ liệu lớp %(class_name)s, năm học %(school_year)s"),
    "school_report": ("Báo cáo", "Xác nhận hoàn thành rà soát, cập nhật dữ liệu trên CSDL ngành"),
}
