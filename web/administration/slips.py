"""The sheet that hands out start passwords: made for this one answer, shown once, stored nowhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.organisation import OrganisationUnit
from models.person import Account, Person
from web.composition import composition
from web.request_work import read_session
from workflows.passwords import make_start_password


@dataclass(frozen=True, slots=True)
class StartPasswords:
    """New passwords by the ids of the people, in clear and as hashes."""

    clear: dict[int, str]
    hashes: dict[int, str]


@dataclass(frozen=True, slots=True)
class Slip:
    """What one person gets on paper."""

    person: Person
    login: str
    password: str
    ends_at: datetime | None


def make_passwords(person_ids: Collection[int]) -> StartPasswords:
    """Make start passwords; slow, so it comes before the unit of work."""
    clear = {person_id: make_start_password() for person_id in person_ids}
    passwords = composition().passwords
    return StartPasswords(clear, {person_id: passwords.hash(word) for person_id, word in clear.items()})


def slips_of(accounts: Sequence[Account], made: StartPasswords) -> list[Slip]:
    """Give the slips of accounts that have just got their passwords."""
    return [
        Slip(one.person, one.login, made.clear[one.person_id], one.start_password_ends_at) for one in accounts
    ]


def sheet(unit_id: int, slips: Sequence[Slip], back: str) -> str:
    """Draw the sheet. No redirect leads to it: a page that is loaded again must not show passwords again."""
    unit = read_session().get_one(OrganisationUnit, unit_id)
    return render_template(
        "organisation/sheet.html", unit=unit, slips=slips, back=back, address=composition().config.base_url
    )


def shown_already(back: str) -> AnyResponse:
    """Answer the same form sent twice: the passwords are gone, the accounts are there."""
    flash(
        gettext(
            "This was done already, and a start password is shown only once. "
            "If nobody has noted it, give a new one on the person's page."
        ),
        "warning",
    )
    return redirect(back, 303)
