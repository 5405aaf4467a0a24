"""The deadlines in the heading of a place: what holds by level, and beside it what was granted to single schools."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from models.organisation import UnitKind
from web.following.place import Place
from web.following.progress_words import DEADLINES, short_day
from web.request_work import read_session
from workflows.queries.following.campaigns import deadlines_of
from workflows.queries.following.progress import Branch


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of what is counted, and how many schools with something left to do have an earlier or a later one."""

    key: str
    at: datetime
    earlier: int
    passed: int
    first_at: datetime | None = None
    later: int = 0
    last_at: datetime | None = None

    @property
    def title(self) -> str:
        """Name what is due."""
        return str(DEADLINES[self.key])

    @property
    def notes(self) -> list[str]:
        """1 trường được gia hạn đến 03/12"""
        told = []
        if self.passed:
            told.append(
                ngettext("over already for %(num)d school", "over already for %(num)d schools", self.passed)
            )
        if self.earlier and self.first_at:
            told.append(
                ngettext(
                    "earlier for %(num)d school: %(day)s",
                    "earlier for %(num)d schools, the first %(day)s",
                    self.earlier,
                    day=short_day(self.first_at),
                )
            )
        if self.later and self.last_at:
            day = short_day(self.last_at)
            told.append(
                gettext("extended for 1 school until %(day)s", day=day)
                if self.later == 1
                else gettext(
                    "extended for %(number)s schools, the last until %(day)s", number=self.later, day=day
                )
            )
        return told


def dues_of(place: Place, top: Branch) -> list[Due]:
    """Give the deadlines of what is counted; one where they are the same."""
    book, units = deadlines_of(read_session(), place.campaign.id), top.schools() or [top.unit]
    left = {branch.unit.id: branch.own for branch in _branches(top)}
    alone = top.unit.kind is UnitKind.SCHOOL
    dues = []
    for key in place.due_keys:
        at = book.heading(key, units, alone)
        if at is not None:
            own = [(one, left[unit.id]) for unit in units if (one := book.due(key, unit)) is not None]
            passed = sum(one <= place.present and counts.late > 0 for one, counts in own if one < at)
            before = [one for one, counts in own if place.present < one < at and counts.remaining]
            after = [one for one, _ in own if one > at]
            first, last = min(before, default=None), max(after, default=None)
            dues.append(Due(key, at, len(before), passed, first, len(after), last))
    same = len({due.at for due in dues}) == 1 and not any(due.notes for due in dues)
    return dues[:1] if same else dues


def _branches(top: Branch) -> Iterator[Branch]:
    yield top
    for below in top.below:
        yield from _branches(below)
