"""The workbooks people take along: progress of a territory or a school, and the proof of a roster (C6)."""

from collections.abc import Sequence

from flask_babel import gettext

from models.campaign import Campaign, SubjectKind
from models.organisation import OrganisationUnit
from web import formats
from web.following import progress_words
from web.following.place import Line, Place
from web.i18n import pick
from web.request_work import local_day, now
from workflows.queries.following.roster import Proof, RosterRow
from workflows.queries.following.school_progress import SchoolProgress
from workflows.records.workbooks import Cell, Sheet, workbook


def progress_workbook(place: Place, own: Line, lines: Sequence[Line], school: SchoolProgress | None) -> bytes:
    """Write the page as tables: the units of a territory, or classes and people of a school."""
    if school is not None:
        return workbook([_summary(place, [own]), _classes(place, school), _people(place, school)])
    return workbook([_summary(place, [own, *lines])])


def notes_of(place: Place) -> list[str]:
    """Say what was counted and when."""
    return [
        gettext("%(campaign)s · %(unit)s", campaign=pick(place.campaign, "title"), unit=place.unit.name),
        gettext("As of %(when)s", when=formats.instant(now())),
    ]


def _summary(place: Place, lines: Sequence[Line]) -> Sheet:
    rows: list[list[Cell]] = []
    for line in lines:
        counts = line.counts
        rows.append(
            [
                "    " * line.depth + line.unit.short_name,
                ", ".join(sorted(line.unit.levels)),
                counts.must,
                counts.done,
                counts.excused,
                counts.open,
                counts.returned,
                counts.reports_returned,
                counts.late,
                counts.ratio if counts.ratio is not None else None,
                local_day(line.due_at) if line.due_at else None,
                line.forecast.on if line.forecast and line.forecast.on <= place.year_ends_on else None,
                line.urging.times if line.urging else 0,
                local_day(line.urging.last_at) if line.urging else None,
                progress_words.unit_why(line),
            ]
        )
    heads = [
        gettext("Unit"),
        gettext("Levels"),
        gettext("Must"),
        gettext("Finished"),
        gettext("Among them excused"),
        gettext("Open"),
        gettext("Returned"),
        gettext("Reports returned"),
        gettext("Late tasks"),
        gettext("Share"),
        gettext("Deadline"),
        gettext("Forecast"),
        gettext("Times urged"),
        gettext("Last urged"),
        gettext("What it waits for"),
    ]
    title = gettext("Progress: %(what)s", what=progress_words.KIND_TITLES[place.kind])
    return Sheet(gettext("Progress"), title, notes_of(place), heads, rows)


def _classes(place: Place, school: SchoolProgress) -> Sheet:
    rows: list[list[Cell]] = [
        [
            row.entry.name,
            formats.person(row.homeroom),
            progress_words.state_title(row.entry),
            row.pupils.must,
            row.pupils.done,
            row.pupils.returned,
            row.tasks,
            row.late,
            progress_words.why(row.waiting) if row.waiting else "",
        ]
        for row in school.classes
    ]
    heads = [
        gettext("Class"),
        gettext("Homeroom teacher"),
        gettext("State"),
        gettext("Pupils"),
        gettext("Pupils done"),
        gettext("Pupils returned"),
        gettext("Open tasks"),
        gettext("Late tasks"),
        gettext("What it waits for"),
    ]
    return Sheet(gettext("Classes"), gettext("Progress by class"), notes_of(place), heads, rows)


def _people(place: Place, school: SchoolProgress) -> Sheet:
    rows: list[list[Cell]] = [
        [
            formats.person(row.person),
            progress_words.state_title(row.entry) if row.entry else "",
            row.open,
            row.late,
            row.returned,
            row.done,
            row.done_late,
            progress_words.why(row.waiting) if row.waiting else "",
        ]
        for row in school.people
    ]
    heads = [
        gettext("Person"),
        gettext("Own record"),
        gettext("Open tasks"),
        gettext("Late tasks"),
        gettext("Returned tasks"),
        gettext("Tasks done"),
        gettext("Done late"),
        gettext("What it waits for"),
    ]
    return Sheet(gettext("People"), gettext("Progress by person"), notes_of(place), heads, rows)


def roster_workbook(
    campaign: Campaign, unit: OrganisationUnit, proofs: Sequence[Proof], rows: Sequence[RosterRow]
) -> bytes:
    """Write the proof: the sums, then everybody with their outcome."""
    notes = [
        gettext("%(campaign)s · %(unit)s", campaign=pick(campaign, "title"), unit=unit.name),
        gettext("As of %(when)s", when=formats.instant(now())),
    ]
    heads = [
        gettext("Roster"),
        gettext("At the start"),
        gettext("Joined"),
        gettext("Left"),
        gettext("Must"),
        gettext("Finished"),
        gettext("Excused"),
        gettext("Open"),
        gettext("Returned"),
    ]
    sums: list[list[Cell]] = [
        [
            str(progress_words.KIND_TITLES[one.kind]),
            one.start,
            one.joined,
            one.left,
            one.must,
            one.done,
            one.excused,
            one.open,
            one.returned,
        ]
        for one in proofs
    ]
    proof = Sheet(gettext("Proof"), gettext("Proof of the roster"), notes, heads, sums)
    return workbook([proof, *(_roster_sheet(one.kind, rows, notes) for one in proofs)])


def _roster_sheet(kind: SubjectKind, rows: Sequence[RosterRow], notes: Sequence[str]) -> Sheet:
    listed: list[list[Cell]] = []
    for row in rows:
        entry = row.entry
        if entry.kind is not kind:
            continue
        listed.append(
            [
                entry.name,
                row.class_name if kind is SubjectKind.PUPIL else progress_words.frozen_title(entry),
                progress_words.state_title(entry),
                entry.round,
                entry.reason,
                formats.instant(entry.decided_at),
                formats.person(row.decided_by),
                formats.person(row.on_behalf_of),
                formats.instant(entry.joined_at),
                formats.instant(entry.left_at),
            ]
        )
    heads = [
        gettext("Full name"),
        gettext("Class") if kind is SubjectKind.PUPIL else gettext("As"),
        gettext("State"),
        gettext("Round"),
        gettext("Reason"),
        gettext("Decided"),
        gettext("By"),
        gettext("On behalf of"),
        gettext("Joined"),
        gettext("Left"),
    ]
    title = str(progress_words.KIND_TITLES[kind])
    return Sheet(title, title, notes, heads, listed)
