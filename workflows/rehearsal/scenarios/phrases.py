"""The short sentences of scenarios: "review_record of deputy -> ready", "2 x enter_grades by visiting due …"."""

import re
from datetime import datetime

from workflows.commands.running.terms import LOCAL_ZONE
from workflows.engine.language.reasons import N_, Reason
from workflows.policy.field_values import EARLIEST_YEAR, LATEST_YEAR
from workflows.rehearsal.scenarios.scenario import OpenPhrase, TellPhrase

NAME = r"[\w.-]+"
ABOUT = r"(?: of (?P<about>[^<>=]+?))?"
ACT = re.compile(rf"(?P<step>{NAME}){ABOUT}(?:\s*->\s*(?P<outcome>{NAME}))?")
OPEN = re.compile(
    rf"(?:(?P<count>\d{{1,6}}) x )?(?P<step>{NAME}){ABOUT}(?: by (?P<who>{NAME}(?: or {NAME})*))?"
    rf"(?: for (?P<accountable>{NAME}))?(?: due (?P<due>.+))?"
)
TELL = re.compile(rf"(?P<step>{NAME}){ABOUT}(?: to (?P<who>{NAME}(?: and {NAME})*))?")
LENGTH = re.compile(r"(\d{1,5}) (working day|working hour|week|day|hour|minute)s?")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")


class NotAPhrase(ValueError):
    """The text is not written as the notation asks; the reason says how it is."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason, to be said in the reader's language."""
        self.reason = reason
        super().__init__(reason)


def act_of(text: str) -> tuple[str, str | None, str | None]:
    """Read `step [of subject] [-> outcome]`."""
    match = ACT.fullmatch(text)
    if match is None:
        raise NotAPhrase(
            Reason(
                N_(
                    '"%(text)s": write it as "step of subject -> outcome"; subject and outcome may be left out'
                ),
                text=text,
            )
        )
    return match["step"], match["about"], match["outcome"]


def open_of(text: str) -> OpenPhrase:
    """Read `[2 x] step [of subject] [by person or person] [for person] [due instant]`."""
    match = OPEN.fullmatch(text)
    if match is None:
        raise NotAPhrase(
            Reason(
                N_(
                    '"%(text)s": write it as "2 x step of subject by person or person for person due 2023-06-08 17:00";'
                    " all but the step may be left out"
                ),
                text=text,
            )
        )
    return OpenPhrase(
        int(match["count"] or 1),
        match["step"],
        match["about"],
        tuple(match["who"].split(" or ")) if match["who"] else (),
        match["accountable"],
        instant_of(match["due"]) if match["due"] else None,
    )


def tell_of(text: str) -> TellPhrase:
    """Read `step [of subject] [to person and person]`."""
    match = TELL.fullmatch(text)
    if match is None:
        raise NotAPhrase(
            Reason(
                N_(
                    '"%(text)s": write it as "step of subject to person and person";'
                    " subject and people may be left out"
                ),
                text=text,
            )
        )
    return TellPhrase(
        match["step"], match["about"], tuple(match["who"].split(" and ")) if match["who"] else ()
    )


def length_of(text: str) -> tuple[int, str]:
    """Read `3 working days`, `4 working hours`, `2 days`, `1 week`, `30 minutes`."""
    match = LENGTH.fullmatch(text)
    if match is None:
        raise NotAPhrase(
            Reason(
                N_('"%(text)s": write a length of time as "3 working days", "4 working hours" or "2 days"'),
                text=text,
            )
        )
    return int(match[1]), f"{match[2]}s"


def instant_of(text: str) -> datetime:
    """Read `2023-06-08 17:00`, local time; a day alone is 08:00."""
    if INSTANT.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text if len(text) > 10 else f"{text} 08:00")
        except ValueError:
            pass  # a thirteenth month: the message below says how it is written
        else:
            if EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
                return moment.replace(tzinfo=LOCAL_ZONE)
            raise NotAPhrase(
                Reason(
                    N_('"%(text)s": write a day from %(first)s to %(last)s'),
                    text=text,
                    first=EARLIEST_YEAR,
                    last=LATEST_YEAR,
                )
            )
    raise NotAPhrase(Reason(N_('"%(text)s": write an instant as "2023-06-08 17:00"'), text=text))
