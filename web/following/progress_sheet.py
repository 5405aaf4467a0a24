"""The page about progress on paper: the same place, the same numbers, in Vietnamese as official papers are."""

from collections.abc import Sequence

from flask_babel import force_locale

from models.person import Person, Position
from web import formats
from web.following import progress_words as words
from web.following.dues import Due, dues_of
from web.following.place import Line, Place
from web.i18n import pick
from web.request_work import current_person, now, read_session, today
from workflows.queries.following.school_progress import SchoolProgress
from workflows.queries.organisation import holders_of, superior_of
from workflows.records.progress_sheet import Column, Part, ProgressSheet, render_progress

NUMBER = Column("TT", "9")


def progress_pdf(place: Place, own: Line, lines: Sequence[Line], school: SchoolProgress | None) -> bytes:
    """Print the units of a territory, or the classes and people of a school."""
    with force_locale("vi"):
        return render_progress(_sheet(place, own, lines, school))


def _sheet(place: Place, own: Line, lines: Sequence[Line], school: SchoolProgress | None) -> ProgressSheet:
    reading, unit = read_session(), place.unit
    above, heads = (
        superior_of(reading, unit.id, today()),
        holders_of(reading, Position.HEAD, unit.id, today()),
    )
    maker = current_person()
    by = formats.person(maker)
    level = f", cấp {words.level_title(place.level)}" if place.level else ""
    return ProgressSheet(
        heading={
            "superior": above.name if above else "",
            "unit": unit.name,
            "number": "",
            "place": unit.place,
            "dated_on": today().isoformat(),
        },
        title="Báo cáo tiến độ",
        subject=pick(place.campaign, "title"),
        summary=[f"Tính theo: {str(words.KIND_TITLES[place.kind]).lower()}{level}.", *_summary(place, own)],
        parts=[_classes(school), _people(school)] if school else [_units(place, lines)],
        signers=_signers(maker, heads),
        made=f"{by} lập từ phần mềm Rà soát lúc {formats.instant(now())}, theo số liệu tại thời điểm đó.",
        at_instant=formats.instant(now()),
        made_at=now(),
    )


def _signers(maker: Person | None, heads: Sequence[Person]) -> list[tuple[str, str]]:
    """Who made it and who leads the unit; a head who made it signs once."""
    head = ("Thủ trưởng đơn vị", heads[0].full_name if heads else "")
    if maker is None or maker.id in {one.id for one in heads}:
        return [(head[0], maker.full_name)] if maker else [head]
    return [("Người lập", maker.full_name), head]


def _summary(place: Place, own: Line) -> list[str]:
    counts = own.counts
    lines = [
        f"Phải rà soát: {formats.number(counts.must)}; đã xong: {formats.number(counts.done)}"
        f" ({formats.percent(counts.ratio)}), trong đó được miễn có lý do: {formats.number(counts.excused)};"
        f" đang mở: {formats.number(counts.open)}; bị trả lại: {formats.number(counts.returned)}.",
        f"Việc đang mở: {formats.number(counts.tasks)}, trong đó quá hạn: {formats.number(counts.late)}.",
    ]
    if counts.reports_waiting or counts.reports_returned:
        lines.append(
            f"Báo cáo chờ tiếp nhận: {formats.number(counts.reports_waiting)};"
            f" bị trả lại: {formats.number(counts.reports_returned)}."
        )
    dues = dues_of(place, own.branch)
    if dues:
        told = _forecast(place, own) if place.is_running and (counts.remaining or counts.tasks) else ""
        due = "; ".join(_due(one, alone=len(dues) == 1) for one in dues)
        lines.append(f"Hạn: {due}." + (f" Dự kiến: {told}." if told else ""))
    return lines


def _due(due: Due, *, alone: bool) -> str:
    title = "" if alone else f"{due.title} "
    return f"{title}{formats.when(due.at)}" + (f" ({'; '.join(due.notes)})" if due.notes else "")


def _forecast(place: Place, line: Line) -> str:
    """Say in words what the page shows with a mark."""
    if line.day_is_useless and line.pace is not None:
        day = words.late_day(place, line)
        return f"{f'{day}, ' if day else ''}không kịp hạn, {words.forecast_note(line)}"
    if line.forecast is None:
        if line.counts.remaining:
            return "chưa có nhịp"
        shown = place.is_running and place.kind == "all" and line.counts.must
        return words.standing(line.counts)[1] if shown else "đã xong"
    after, note = ", sau hạn" if line.misses_deadline else "", words.forecast_note(line)
    return f"{words.short_day(line.forecast.on)}{after}{f' ({note})' if note else ''}"


def _units(place: Place, lines: Sequence[Line]) -> Part:
    columns = [
        NUMBER,
        Column("Đơn vị", "50", centred=False),
        Column("Phải", "15"),
        Column("Xong", "15"),
        Column("Tỷ lệ", "14"),
        Column("Trả lại", "13"),
        Column("Việc quá hạn", "17"),
        Column("Hạn", "18"),
        Column("Dự kiến xong", "36"),
        Column("Đôn đốc", "20"),
        Column("Đang chờ", "*", centred=False),
    ]
    rows: list[list[str | int]] = [
        [
            number,
            "    " * line.depth + line.unit.short_name,
            formats.number(line.counts.must),
            formats.number(line.counts.done),
            formats.percent(line.counts.ratio),
            words.came_back(line.counts),
            formats.number(line.counts.late),
            words.short_day(line.due_at) if line.due_at else "",
            _forecast(place, line),
            f"{line.urging.times} lần, {words.short_day(line.urging.last_at)}" if line.urging else "–",
            words.unit_why(line),
        ]
        for number, line in enumerate(lines, start=1)
    ]
    return Part("Tiến độ của từng đơn vị", columns, rows)


def _classes(school: SchoolProgress) -> Part:
    columns = [
        NUMBER,
        Column("Lớp", "24", centred=False),
        Column("Giáo viên chủ nhiệm", "52", centred=False),
        Column("Kết quả", "24"),
        Column("Học sinh xong / phải", "24"),
        Column("Trả lại", "16"),
        Column("Việc quá hạn", "18"),
        Column("Đang chờ", "*", centred=False),
    ]
    rows: list[list[str | int]] = [
        [
            number,
            row.entry.name,
            formats.person(row.homeroom),
            words.state_title(row.entry),
            f"{row.pupils.done}/{row.pupils.must}",
            row.pupils.returned,
            row.late,
            words.why(row.waiting) if row.waiting else "",
        ]
        for number, row in enumerate(school.classes, start=1)
    ]
    return Part("Tiến độ của từng lớp", columns, rows)


def _people(school: SchoolProgress) -> Part:
    columns = [
        NUMBER,
        Column("Họ và tên", "58", centred=False),
        Column("Hồ sơ cá nhân", "26"),
        Column("Việc đã xong", "20"),
        Column("Việc đang mở", "20"),
        Column("Việc quá hạn", "20"),
        Column("Việc bị trả lại", "20"),
        Column("Đang chờ", "*", centred=False),
    ]
    rows: list[list[str | int]] = [
        [
            number,
            formats.person(row.person),
            words.state_title(row.entry) if row.entry else "",
            row.done,
            row.open,
            row.late,
            row.returned,
            words.why(row.waiting) if row.waiting else "",
        ]
        for number, row in enumerate(school.people, start=1)
    ]
    return Part("Tiến độ của từng người", columns, rows)
