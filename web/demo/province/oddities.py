"""Faults planted in the demonstration's records, so that reviews find something; each is known."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from web.demo.province.people import CONFIRMED_AT, Inventor
from web.demo.province.shapes import Child, Employee, Oddity, Province, Room
from workflows.policy.field_values import FaultKind
from workflows.policy.quality import DUPLICATE, MISSING, NEVER_CONFIRMED, STALE

Planted = tuple[str, str]
Bearer = Child | Employee
Plant = Callable[[Inventor, Bearer], Planted]

# How many pupils of a class are odd: most classes have some, some have none, none has more than six.
NUMBERS = (0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6)
FIXED_NUMBER = {("thcs-mau", "6A"): 5, ("thcs-mau", "7B"): 0, ("thcs-mau", "7C"): 2}
DUPLICATES_IN_SCHOOL = 2
SHARE_OF_STAFF = 0.12
# Older than any limit of the catalogue.
LONG_AGO = timedelta(days=1_000)


def _missing_digit(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["personal_id"] = bearer.record["personal_id"][:-1]
    return "personal_id", FaultKind.TOO_FEW_DIGITS


def _old_card(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["personal_id"] = f"000{inventor.number():06d}"
    return "personal_id", FaultKind.OLD_IDENTITY_CARD


def _loose_marks(inventor: Inventor, bearer: Bearer) -> Planted:
    # Names typed on some computers arrive with their marks apart; they look the same and are not.
    _rename(bearer, unicodedata.normalize("NFD", bearer.full_name))
    return "full_name", FaultKind.LOOSE_MARKS


def _double_blank(inventor: Inventor, bearer: Bearer) -> Planted:
    _rename(bearer, bearer.full_name.replace(" ", "  ", 1))
    return "full_name", FaultKind.DOUBLE_BLANKS


def _edge_blank(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["residence"] += " "
    return "residence", FaultKind.EDGE_BLANKS


def _no_residence(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["residence"] = None
    return "residence", MISSING


def _no_such_day(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["birth_date"] = f"31/02/{bearer.record['birth_date'][:4]}"
    return "birth_date", FaultKind.NOT_A_DATE


def _impossible_year(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["birth_date"] = f"1{bearer.record['birth_date'][1:]}".replace("10", "18", 1)
    return "birth_date", FaultKind.IMPLAUSIBLE_YEAR


def _wrong_card(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["health_card"] = bearer.record["health_card"][2:]
    return "health_card", FaultKind.PATTERN


def _stale(field: str) -> Plant:
    def plant(inventor: Inventor, bearer: Bearer) -> Planted:
        at = datetime.combine(inventor.today - LONG_AGO, CONFIRMED_AT, UTC)
        bearer.record_times[field] = at.isoformat()
        return field, STALE

    return plant


def _never_confirmed(inventor: Inventor, bearer: Bearer) -> Planted:
    del bearer.record_times["policy_group"]
    return "policy_group", NEVER_CONFIRMED


def _short_phone(field: str) -> Plant:
    def plant(inventor: Inventor, bearer: Bearer) -> Planted:
        bearer.record[field] = bearer.record[field][:-1]
        return field, FaultKind.TOO_FEW_DIGITS

    return plant


def _two_ats(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["email"] = bearer.record["email"].replace("@", "@@")
    return "email", FaultKind.EMAIL_AT


def _no_qualification(inventor: Inventor, bearer: Bearer) -> Planted:
    bearer.record["qualification"] = None
    return "qualification", MISSING


def _rename(bearer: Bearer, name: str) -> None:
    bearer.full_name = bearer.record["full_name"] = name


OF_PUPILS: tuple[Plant, ...] = (
    *(_missing_digit, _no_residence, _loose_marks, _double_blank, _stale("parent_phone"), _no_such_day),
    *(_edge_blank, _wrong_card, _short_phone("parent_phone"), _never_confirmed, _impossible_year),
)
OF_STAFF: tuple[Plant, ...] = (
    *(_stale("qualification"), _missing_digit, _old_card, _two_ats, _edge_blank, _no_such_day),
    *(_no_qualification, _short_phone("phone"), _loose_marks, _no_residence),
)


def plant(province: Province, unit: str, inventor: Inventor) -> None:
    """Plant the oddities of a school and note each in `province.planted`."""
    rooms = [room for room in province.rooms if room.unit == unit]
    still = {room.name: FIXED_NUMBER.get((unit, room.name), inventor.one_of(NUMBERS)) for room in rooms}
    taken: dict[str, set[int]] = {room.name: set() for room in rooms}
    for _ in range(DUPLICATES_IN_SCHOOL):
        _plant_duplicate(province, inventor, rooms, still, taken)
    for room in rooms:
        for fault in inventor.random.sample(OF_PUPILS, still[room.name]):
            index = _untouched(inventor, len(room.children), taken[room.name])
            key, finding = fault(inventor, room.children[index])
            province.planted.append(Oddity("pupil", unit, room.name, index, key, finding))
    _plant_staff(province, unit, inventor)


def _plant_duplicate(
    province: Province,
    inventor: Inventor,
    rooms: list[Room],
    still: dict[str, int],
    taken: Mapping[str, set[int]],
) -> None:
    """Give one pupil the personal identifier of a pupil in another class: both are odd."""
    open_rooms = [room for room in rooms if still[room.name]]
    if len(open_rooms) < 2:
        return
    # The first class of a school is the one that guides show.
    first = open_rooms[0]
    pair = (first, inventor.one_of(open_rooms[1:]))
    chosen = [(room, _untouched(inventor, len(room.children), taken[room.name])) for room in pair]
    (mine, my_index), (other, other_index) = chosen
    mine.children[my_index].record["personal_id"] = other.children[other_index].record["personal_id"]
    for room, index in chosen:
        still[room.name] -= 1
        province.planted.append(Oddity("pupil", room.unit, room.name, index, "personal_id", DUPLICATE))


def _plant_staff(province: Province, unit: str, inventor: Inventor) -> None:
    staff = province.staff_of(unit)
    taken: set[int] = set()
    for _ in range(round(len(staff) * SHARE_OF_STAFF)):
        index = _untouched(inventor, len(staff), taken)
        key, finding = inventor.one_of(OF_STAFF)(inventor, staff[index])
        province.planted.append(Oddity("staff", unit, "", index, key, finding))


def _untouched(inventor: Inventor, count: int, taken: set[int]) -> int:
    free = [index for index in range(count) if index not in taken]
    index = inventor.one_of(free)
    taken.add(index)
    return index
