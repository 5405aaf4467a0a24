"""What an empty inbox says: what is with others, what comes next, and where to look at it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import url_for
from flask_babel import gettext, ngettext

from models.organisation import UnitKind
from web import formats
from web.access import administrator, follower, may_visit
from web.following.progress_words import DEADLINES
from web.i18n import pick
from web.request_work import current_actor, now, read_session, today
from workflows.queries.frame import surroundings_of
from workflows.queries.work.coming import Coming, Overdue, coming_of, overdue_of
from workflows.queries.work.submitted import submitted_by


@dataclass(frozen=True, slots=True)
class Outlook:
    """Sentences about what comes, and links as (address, text)."""

    sentences: Sequence[str] = ()
    links: list[tuple[str, str]] = field(default_factory=list)


def outlook() -> Outlook:
    """Say what comes for the present person."""
    sentences, links = [], []
    submitted = len(submitted_by(read_session(), current_actor().person_id).rows)
    if submitted:
        sentences.append(
            ngettext(
                "%(num)d task you submitted is with others.",
                "%(num)d tasks you submitted are with others.",
                submitted,
            )
        )
        links.append((url_for("submitted.show"), gettext("Submitted by me")))
    if may_visit(follower):
        late = overdue_of(read_session(), current_actor(), now(), today())
        sentences += [_said_of(one) for one in late]
        links += [_link_to(one) for one in late]
        coming = coming_of(read_session(), current_actor(), now(), today())
        if coming is not None:
            sentences += _sentences(coming)
            address = url_for("progress.show", campaign=coming.campaign.id)
        elif late:
            address = url_for("progress.show", campaign=late[0].campaign.id)
        else:
            address = url_for("progress.show")
            if may_visit(administrator):
                sentences += _first_steps()
                links += _places_of_an_administrator()
        links.append((address, gettext("Following")))
    if not sentences:
        sentences.append(gettext("New tasks appear here by themselves, and you are told."))
    return Outlook(sentences, links)


def _first_steps() -> list[str]:
    return [
        gettext("You keep the units, the people and the procedures of your department."),
        gettext(
            "Campaigns are opened by the heads, deputies and officers of a department, a district office or a commune, "
            "not by administrators or schools. Appoint them, and give them accounts."
        ),
    ]


def _places_of_an_administrator() -> list[tuple[str, str]]:
    links = [(url_for("organisation.index"), gettext("Units"))]
    unit = surroundings_of(read_session(), current_actor(), today()).unit
    if unit is not None:
        links.append((url_for("people.index", unit_id=unit.id), gettext("People and accounts")))
    return links


def _said_of(late: Overdue) -> str:
    number, campaign = late.number, pick(late.campaign, "title")
    if late.unit.kind is UnitKind.SCHOOL:
        return ngettext(
            "%(num)d task is overdue in your school (%(campaign)s).",
            "%(num)d tasks are overdue in your school (%(campaign)s).",
            number,
            campaign=campaign,
        )
    return ngettext(
        "%(num)d task is overdue in your schools (%(campaign)s).",
        "%(num)d tasks are overdue in your schools (%(campaign)s).",
        number,
        campaign=campaign,
    )


def _link_to(late: Overdue) -> tuple[str, str]:
    text = ngettext("%(num)d overdue task", "%(num)d overdue tasks", late.number)
    return url_for("progress.tasks", campaign=late.campaign.id, unit=late.unit.id, late=1), text


def _sentences(coming: Coming) -> list[str]:
    what = str(DEADLINES.get(coming.key, coming.key))
    said = [
        gettext(
            "Next: %(what)s (%(campaign)s), due %(when)s, %(left)s.",
            what=what[:1].lower() + what[1:],
            campaign=pick(coming.campaign, "title"),
            when=formats.when(coming.due_at),
            left=formats.due(coming.due_at, unit_id=coming.unit_id),
        )
    ]
    if coming.staff or coming.classes:
        said.append(
            gettext(
                "Still without an outcome: %(people)s, %(classes)s.",
                people=ngettext("%(num)d person", "%(num)d people", coming.staff),
                classes=ngettext("%(num)d class", "%(num)d classes", coming.classes),
            )
        )
    return said
