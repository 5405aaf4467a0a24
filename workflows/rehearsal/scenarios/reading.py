"""Reads the scenarios of a file; whatever is not as the notation asks is refused with its line and what to write."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from workflows.commands.steering.campaigns import DEADLINE_KEYS
from workflows.engine.language.reasons import N_, Reason
from workflows.rehearsal.cast import Cast
from workflows.rehearsal.rehearsal import MONDAY
from workflows.rehearsal.scenarios import casting, phrases, scenario
from workflows.rehearsal.scenarios.entries import PEOPLE, Entry, read_file, unknown
from workflows.rehearsal.scenarios.scenario import Expect, Given, OpenPhrase, Scenario, Step, TellPhrase

ENDING = ".scenario.yaml"
FILE_KEYS = ("procedure", "about", "given", "scenarios")
SCENARIO_KEYS = ("scenario", "shows", "about", "given", "steps")
GIVEN_KEYS = ("now", "deadlines", "campaign", "days off", "start with", "not on the roster", *casting.KEYS)
ACT_KEYS = ("with", "reason", "return", "refused")
EXPECT_KEYS = (
    *("open", "open among others", "not open", "reminded", "escalated"),
    *("state", "result", "variables"),
)
STATES = ("running", "finished", "cancelled", "incident")
Read = TypeVar("Read")


def read_scenarios(file: Path) -> list[Scenario]:
    """Read a file; refuses with ScenarioWrong, which names file and line and says what to write instead."""
    top = read_file(file)
    told = top.named(FILE_KEYS)
    if "scenarios" not in told:
        raise top.wrong(Reason(N_('"scenarios" is missing: the list of scenarios')))
    cast = casting.cast_beside(file)
    begin = Given(cast, MONDAY)
    begin = _given(told["given"], begin) if "given" in told else begin
    procedure = told["procedure"].text() if "procedure" in told else file.resolve().parent.name
    about = told["about"].text() if "about" in told else None
    return [_scenario(file, one, procedure, about, begin) for one in told["scenarios"].list()]


def _scenario(file: Path, entry: Entry, procedure: str, about: str | None, begin: Given) -> Scenario:
    told = entry.named(SCENARIO_KEYS)
    if "scenario" not in told:
        raise entry.wrong(Reason(N_('"scenario" is missing: what it is called')))
    if "steps" not in told:
        raise entry.wrong(Reason(N_('"steps" is missing: what happens')))
    given = _given(told["given"], begin) if "given" in told else begin
    return Scenario(
        file=file,
        line=entry.line,
        name=told["scenario"].text(),
        procedure=procedure,
        about=told["about"].text() if "about" in told else about,
        given=given,
        rules=tuple(one.text() for one in told["shows"].list()) if "shows" in told else (),
        steps=tuple(_step(one, given.cast) for one in told["steps"].list()),
    )


def _given(entry: Entry, base: Given) -> Given:
    told = entry.named(GIVEN_KEYS)
    cast = casting.cast_of(entry, told, base.cast)
    deadlines = dict(base.deadlines)
    for key, one in told["deadlines"].named(DEADLINE_KEYS).items() if "deadlines" in told else ():
        deadlines[key] = _instant(one)
    days = told["days off"].named() if "days off" in told else {}
    values = _values(told["start with"], cast) if "start with" in told else {}
    return Given(
        cast=cast,
        now=_instant(told["now"]) if "now" in told else base.now,
        deadlines=deadlines,
        campaign=_one_of(told["campaign"], cast.units) if "campaign" in told else base.campaign,
        days_off={
            **base.days_off,
            **{_day(told["days off"], day): name.text() for day, name in days.items()},
        },
        start_with={**base.start_with, **values},
        absent=_people(told["not on the roster"], cast) if "not on the roster" in told else base.absent,
    )


def _step(entry: Entry, cast: Cast) -> Step:
    told = entry.named()
    if not told:
        raise entry.wrong(Reason(N_("a step is missing: who does what, or what happens")))
    first, *rest = told
    read = READERS.get(first)
    if read is None and first not in cast.people:
        raise entry.wrong(unknown(first, [*READERS, *cast.people], Reason(N_("a step begins with"))))
    allowed = FURTHER.get(first, ACT_KEYS)
    for name in rest:
        if not allowed:
            raise told[name].wrong(
                Reason(N_('nothing stands beside "%(step)s": take "%(name)s" away'), step=first, name=name)
            )
        if name not in allowed:
            beside = Reason(N_('beside "%(step)s" there may be'), step=first)
            raise told[name].wrong(unknown(name, allowed, beside))
    return read(entry.line, told, cast) if read is not None else _act(entry.line, first, told, cast)


def _act(line: int, who: str, told: Mapping[str, Entry], cast: Cast) -> Step:
    step, about, outcome = _phrase(told[who], phrases.act_of)
    returned = told["return"].named() if "return" in told else {}
    return scenario.Act(
        line,
        who,
        step,
        about,
        outcome,
        {key: one.value() for key, one in told["with"].named().items()} if "with" in told else {},
        told["reason"].text() if "reason" in told else "",
        {subject: why.text() for subject, why in returned.items()},
        "refused" in told and bool(told["refused"].value()),
    )


def _pass(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    return scenario.Pass(line, *_phrase(told["pass"], phrases.length_of))


def _until(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    return scenario.Until(line, _instant(told["until"]))


def _end(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    about = tuple(one.text() for one in told["about"].list()) if "about" in told else ()
    result = _person_or(told["result"], cast) if "result" in told else None
    return scenario.End(line, told["end"].text(), about, result)


def _send(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    kind = next(iter(told))
    values = _values(told["with"], cast) if "with" in told else {}
    correlation = _values(told["where"], cast) if "where" in told else {}
    return scenario.Send(line, kind, told[kind].text(), values, correlation)


def _move(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    kind = next(iter(told))
    reason = told["reason"].text() if "reason" in told else ""
    return scenario.Move(line, _one_of(told[kind], cast.people), kind, reason)


def _extend(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    if "to" not in told:
        raise told["extend"].wrong(Reason(N_('"to" is missing: the new instant of the deadline')))
    return scenario.Extend(line, _one_of(told["extend"], DEADLINE_KEYS), _instant(told["to"]))


def _expect(line: int, told: Mapping[str, Entry], cast: Cast) -> Step:
    asked = told["expect"].named(EXPECT_KEYS)

    def all_of(key: str, read: Callable[[str], Read]) -> tuple[Read, ...]:
        return tuple(_phrase(one, read) for one in asked[key].list()) if key in asked else ()

    opened, among = all_of("open", phrases.open_of), all_of("open among others", phrases.open_of)
    reminded, escalated = all_of("reminded", phrases.tell_of), all_of("escalated", phrases.tell_of)
    named: list[OpenPhrase | TellPhrase] = [*opened, *among, *reminded, *escalated]
    for phrase in named:
        _require_people(told["expect"], phrase, cast)
    return Expect(
        line,
        open=opened if "open" in asked else None,
        among=among,
        closed=tuple(one.text() for one in asked["not open"].list()) if "not open" in asked else (),
        reminded=reminded if "reminded" in asked else None,
        escalated=escalated if "escalated" in asked else None,
        state=_one_of(asked["state"], STATES) if "state" in asked else None,
        result=_person_or(asked["result"], cast) if "result" in asked else None,
        asks_result="result" in asked,
        variables=_values(asked["variables"], cast) if "variables" in asked else {},
    )


def _require_people(entry: Entry, phrase: OpenPhrase | TellPhrase, cast: Cast) -> None:
    named = (
        *phrase.who,
        *([phrase.accountable] if isinstance(phrase, OpenPhrase) and phrase.accountable else []),
    )
    for who in named:
        if who not in cast.people:
            raise entry.wrong(unknown(who, cast.people, PEOPLE))


def _phrase(entry: Entry, read: Callable[[str], Read]) -> Read:
    try:
        return read(entry.text())
    except phrases.NotAPhrase as error:
        raise entry.wrong(error.reason) from error


def _instant(entry: Entry) -> datetime:
    return _phrase(entry, phrases.instant_of)


def _day(entry: Entry, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise entry.wrong(Reason(N_('"%(text)s": write a day as "2023-06-08"'), text=text)) from None


def _one_of(entry: Entry, known: Any) -> str:
    if entry.text() not in known:
        raise entry.wrong(unknown(entry.text(), known))
    return entry.text()


def _people(entry: Entry, cast: Cast) -> tuple[str, ...]:
    return tuple(_one_of(one, cast.people) for one in entry.list())


def _values(entry: Entry, cast: Cast) -> dict[str, Any]:
    return {key: _person_or(one, cast) for key, one in entry.named().items()}


def _person_or(entry: Entry, cast: Cast) -> Any:
    """Read a value; "person officer" is the person of that name."""
    value = entry.value()
    if isinstance(value, str) and value.startswith(PERSON) and value.removeprefix(PERSON) in cast.people:
        return scenario.Person(value.removeprefix(PERSON))
    return value


PERSON = "person "
READERS: dict[str, Callable[[int, Mapping[str, Entry], Cast], Step]] = {
    "expect": _expect,
    "pass": _pass,
    "until": _until,
    "end": _end,
    "message": _send,
    "signal": _send,
    "joins": _move,
    "leaves": _move,
    "extend": _extend,
}
FURTHER: dict[str, tuple[str, ...]] = {
    "expect": (),
    "pass": (),
    "until": (),
    "end": ("about", "result"),
    "message": ("with", "where"),
    "signal": ("with",),
    "joins": (),
    "leaves": ("reason",),
    "extend": ("to",),
}
