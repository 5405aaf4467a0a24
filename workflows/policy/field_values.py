"""What can be wrong with a value of a record, by its type, and the form in which values are kept."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from workflows.policy.person_names import fold

PERSONAL_ID_DIGITS = 12
OLD_IDENTITY_CARD_DIGITS = 9
MOBILE_DIGITS = 10
LANDLINE_DIGITS = 11
# As many characters that do not belong as a sentence beside a field can name.
NAMED_CHARACTERS = 8
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100

# As wide as the column of unique values.
COMPARABLE_LENGTH = 200

# Format, surrogate, private and unassigned characters: nobody types them on purpose, and nobody sees them.
INVISIBLE = {"Cf", "Cs", "Co", "Cn"}
NO_DIGITS = re.compile(r"[^0-9]")
SEPARATORS_OF_NUMBERS = re.compile(r"[\s.\-()]")
DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.[a-z]{2,63}", re.IGNORECASE)
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
# Words of Latin letters in one piece, digits and signs with single blanks between: nearly every value is so, and
# of such a text nothing below finds anything. No sign of WRECKED's second places is among them.
TIDY = re.compile(r"[!-~\u00c0-\u024f\u1e00-\u1ef9]+(?: [!-~\u00c0-\u024f\u1e00-\u1ef9]+)*")
# "Nguyá»…n": UTF-8 read as Latin-1 or Windows-1252, the usual wreck of Vietnamese text in spreadsheets.
WRECKED = re.compile("á[»º]|Ä[\u0090\u0091\u2018]|Æ[°¡]|Ã[\u0080-\u00bf]|\ufffd")


class FaultKind(StrEnum):
    """One way in which a value can be wrong."""

    PATTERN = "pattern"
    TOO_FEW_DIGITS = "too_few_digits"
    TOO_MANY_DIGITS = "too_many_digits"
    NOT_DIGITS = "not_digits"
    OLD_IDENTITY_CARD = "old_identity_card"
    PHONE_START = "phone_start"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_DATE = "not_a_date"
    IMPLAUSIBLE_YEAR = "implausible_year"
    NOT_AN_OPTION = "not_an_option"
    EMAIL_AT = "email_at"
    EMAIL_MAILBOX = "email_mailbox"
    EMAIL_DOMAIN = "email_domain"
    EDGE_BLANKS = "edge_blanks"
    DOUBLE_BLANKS = "double_blanks"
    INVISIBLE_CHARACTERS = "invisible_characters"
    LOOSE_MARKS = "loose_marks"
    FOREIGN_LETTERS = "foreign_letters"
    WRECKED_TEXT = "wrecked_text"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with what its message names."""

    kind: FaultKind
    params: dict[str, str | int] = field(default_factory=dict)


def normalise(value: object, *, multiline: bool = False) -> object:
    """Bring what was typed or imported into the form in which it is kept; call it where values enter.

    Text becomes NFC, without invisible characters, with single blanks; nothing but blanks becomes None.
    """
    if not isinstance(value, str) or TIDY.fullmatch(value):
        return value
    lines = value.splitlines() if multiline else [value]
    text = "\n".join(_normal_line(line) for line in lines).strip("\n")
    return text or None


def _normal_line(line: str) -> str:
    visible = (char for char in line if unicodedata.category(char) not in INVISIBLE)
    typed = (char for char in visible if char.isspace() or unicodedata.category(char) != "Cc")
    return " ".join(unicodedata.normalize("NFC", "".join(typed)).split())


def comparable(field_type: str, value: object) -> str | None:
    """Give the text by which a value is found to be a duplicate; None where there is nothing to compare."""
    text = normalise(str(value)) if value is not None else None
    if not isinstance(text, str):
        return None
    if field_type in ("personal_id", "phone"):
        text = _number_as_dialled(text)
    return fold(text)[:COMPARABLE_LENGTH] or None


def untidy(field_type: str, value: str) -> Iterator[Fault]:
    """Find what makes a text as stored unclean: stray blanks, invisible, loose or foreign characters."""
    if TIDY.fullmatch(value):
        return
    if value != value.strip():
        yield Fault(FaultKind.EDGE_BLANKS)
    if re.search(r"\s{2,}", value.strip()):
        yield Fault(FaultKind.DOUBLE_BLANKS)
    hidden = [
        c
        for c in value
        if unicodedata.category(c) in INVISIBLE or c == "\u00a0" or (c < " " and not c.isspace())
    ]
    if hidden:
        yield Fault(FaultKind.INVISIBLE_CHARACTERS, {"characters": _code_points(hidden)})
    if not unicodedata.is_normalized("NFC", value):
        yield Fault(FaultKind.LOOSE_MARKS)
    if WRECKED.search(value):
        yield Fault(FaultKind.WRECKED_TEXT)
    elif field_type == "text":
        yield from _foreign_letters(value)


def _foreign_letters(value: str) -> Iterator[Fault]:
    letters = [char for char in unicodedata.normalize("NFC", value) if char.isalpha()]
    foreign = [char for char in letters if not unicodedata.name(char, "").startswith("LATIN")]
    # A text wholly in another script is a foreign name; one such letter among Latin ones is a slip.
    if foreign and len(foreign) < len(letters):
        yield Fault(FaultKind.FOREIGN_LETTERS, {"characters": " ".join(dict.fromkeys(foreign))})


def _code_points(characters: list[str]) -> str:
    return ", ".join(dict.fromkeys(f"U+{ord(char):04X}" for char in characters))


def incorrect(field_type: str, value: str) -> Fault | None:
    """Find what is wrong with a normalised text by the type of its field; None if nothing is."""
    check = CHECKS.get(field_type)
    return check(value) if check else None


def digits_expected(value: str, expected: int) -> Fault | None:
    """Find why a text is not exactly so many digits."""
    other = NO_DIGITS.findall(value)
    if other:
        first = list(dict.fromkeys(other))[:NAMED_CHARACTERS]
        shown = " ".join("␣" if char == " " else char for char in first)
        return Fault(FaultKind.NOT_DIGITS, {"expected": expected, "characters": shown})
    if len(value) == expected:
        return None
    kind = FaultKind.TOO_FEW_DIGITS if len(value) < expected else FaultKind.TOO_MANY_DIGITS
    difference = abs(expected - len(value))
    return Fault(kind, {"expected": expected, "found": len(value), "difference": difference})


def _personal_id(value: str) -> Fault | None:
    if value.isascii() and value.isdigit() and len(value) == OLD_IDENTITY_CARD_DIGITS:
        return Fault(FaultKind.OLD_IDENTITY_CARD, {"expected": PERSONAL_ID_DIGITS, "found": len(value)})
    return digits_expected(value, PERSONAL_ID_DIGITS)


def _phone(value: str) -> Fault | None:
    number = _number_as_dialled(value)
    if number.isdigit() and not number.startswith("0"):
        return Fault(FaultKind.PHONE_START)
    return digits_expected(number, LANDLINE_DIGITS if number.startswith("02") else MOBILE_DIGITS)


def _number_as_dialled(value: str) -> str:
    number = SEPARATORS_OF_NUMBERS.sub("", value)
    return f"0{number[3:]}" if number.startswith("+84") else number


def _number(value: str) -> Fault | None:
    plain = re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?", value)
    return None if plain else Fault(FaultKind.NOT_A_NUMBER, {"value": value})


def _date(value: str) -> Fault | None:
    day = as_date(value)
    if day is None:
        return Fault(FaultKind.NOT_A_DATE, {"value": value})
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        return Fault(FaultKind.IMPLAUSIBLE_YEAR, {"year": str(day.year)})
    return None


def as_date(value: str) -> date | None:
    """Read a date as stored (1980-12-31) or as people write it (31/12/1980)."""
    stored = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", value)
    written = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", value)
    parts = stored.groups() if stored else written.groups()[::-1] if written else None
    if parts is None:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:  # 31/02: a date in form only
        return None


def _email(value: str) -> Fault | None:
    mailbox, at, domain = value.rpartition("@")
    if not at or "@" in mailbox:
        return Fault(FaultKind.EMAIL_AT, {"found": value.count("@")})
    if not MAILBOX.fullmatch(mailbox) or ".." in f".{mailbox}.":
        return Fault(FaultKind.EMAIL_MAILBOX, {"mailbox": mailbox})
    return None if DOMAIN.fullmatch(domain) else Fault(FaultKind.EMAIL_DOMAIN, {"domain": domain})


CHECKS: dict[str, Callable[[str], Fault | None]] = {
    "number": _number,
    "date": _date,
    "phone": _phone,
    "email": _email,
    "personal_id": _personal_id,
}
