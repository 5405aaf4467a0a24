"""The deadlines in the heading of a place: what holds by level, and beside it what was granted to single schools."""

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
    """A deadline of what is counted, and how many schools have an earlier or a later one."""

    key: str
    at: datetime
    earlier: int
    passed: int
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
        elif self.earlier:
            told.append(ngettext("earlier for %(num)d school", "earlier for %(num)d schools", self.earlier))
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
    alone = top.unit.kind is UnitKind.SCHOOL
    dues = []
    for key in place.due_keys:
        at = book.heading(key, units, alone)
        if at is not None:
            instants = [one for one in (book.due(key, unit) for unit in units) if one is not None]
            before, after = [one for one in instants if one < at], [one for one in instants if one > at]
            passed = sum(one <= place.present for one in before)
            dues.append(Due(key, at, len(before), passed, len(after), max(after, default=None)))
    same = len({due.at for due in dues}) == 1 and not any(due.notes for due in dues)
    return dues[:1] if same else dues
