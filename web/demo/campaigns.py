"""Two campaigns: one that a district finished some weeks ago, one that runs and stands in the middle.

Every step is taken through the commands; only grades are filled in beforehand, in bulk.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from models.organisation import SchoolLevel
from models.task import Task
from web.demo.player import Player
from web.demo.province.invention import SEED, school_year_of
from workflows.clock import Clock, FixedClock
from workflows.commands.steering.campaigns import DEADLINE_KEYS, DeadlineRule, close_campaign, open_campaign
from workflows.engine import ProcessEngine
from workflows.notify.digest import close_past
from workflows.policy.calendar import LOCAL_ZONE, WorkingCalendar
from workflows.unit_of_work import UnitOfWork

CALENDAR = WorkingCalendar()
HERE = ZoneInfo(LOCAL_ZONE)
EVENING = time(17)

# A trial in one school, ordered by the office above it.
FINISHED_IN, FINISHED_UNDER = "mn-vi-du", "huyen-vi-du"
# Working days before today on which the finished campaign took place.
FINISHED_FROM, FINISHED_LAST = 34, 22

RUNNING_SINCE = 9
# Deadlines of the running campaign, in working days from today: by school level, as P1.6 has it.
STAFF_DUE = {"": 3, SchoolLevel.MN: -1, SchoolLevel.THCS: -1, SchoolLevel.TH: 2}
OTHERS_DUE = {"class": 5, "school": 8, "report": 10}

# How far each school is today: share of staff confirmed, and how many classes have got how far (see CLASS_STEPS).
DONE = 6
ALL = 1.0
SCHOOLS: dict[str, tuple[float, tuple[int, ...]]] = {
    "mn-mau": (ALL, (DONE,)),
    "mn-thu": (ALL, (DONE,)),
    "mn-vi-du": (ALL, (DONE,)),
    "th-mau": (0.5, (5, 0, 3, 0, 1)),
    "th-thu": (0.25, (0, 4, 0)),
    "th-vi-du": (0.3, (5, 0, DONE, 0, 1)),
    "thcs-mau": (0.75, (0, 1, 2, 5, DONE, 5, 5, 3, 4, 2, 0, DONE, 1, 3, 0, 4)),
    # The late one: its officer was named late, and the classes wait.
    "thcs-thu": (0.25, (0, 0, 1, 0)),
    "thcs-vi-du": (0.6, (2, 3, 0, 0)),
    "lc-tuong-tuong": (0.25, (1, 4, 0, 0)),
    "thpt-mau": (0.25, (3, 0, 1, 0, 0, 2)),
    "gdtx-mau": (0.5, (DONE, 0, 4)),
}
GUIDED, LATE_SCHOOL = "thcs-mau", "thcs-thu"
DISAGREED = "Ngày vào ngành chưa đúng với quyết định tuyển dụng."
EXCUSED = "Đang nghỉ thai sản đến hết tháng sau, không liên hệ được trong đợt này."
MISMATCH = "Số trẻ trong báo cáo chưa khớp với danh sách lớp; đề nghị kiểm tra lại nhóm Lá."
UNCLEAR = "Thiếu nơi thường trú; đề nghị xác minh với phụ huynh."


def stage(sessions: sessionmaker[Session], engine: ProcessEngine, clock: Clock, seed: str = SEED) -> None:
    """Bring both campaigns to where they stand today; the procedures must be published."""
    # Not for secrets: the same story must come out each time.
    player = Player(sessions, engine, FixedClock(clock.now()), Random(seed))  # noqa: S311
    story = _Story(player, clock.now())
    story.finish_one()
    story.run_one()
    player.do(close_past)


class _Story:
    def __init__(self, player: Player, today: datetime) -> None:
        self._player = player
        self._today = today
        self._units = player.units()
        self._visitors = player.visitors()

    def finish_one(self) -> None:
        """Take the schools of a small territory from the opening to the closing of a campaign."""
        player, unit = self._player, self._units[FINISHED_IN]
        rules = {key: {"": self._evening(-FINISHED_LAST)} for key in DEADLINE_KEYS}
        opener = player.person(f"truongphong.{FINISHED_UNDER}")
        self._open(
            "Rà soát thử tại MN Ví Dụ",
            "Trial at MN Ví Dụ",
            FINISHED_UNDER,
            opener,
            rules,
            -FINISHED_FROM,
            only=[unit],
        )
        self._staff(FINISHED_IN, ALL, -FINISHED_FROM)
        self._finish_staff(FINISHED_IN, -FINISHED_FROM + 3)
        self._classes(FINISHED_IN, (DONE,), -FINISHED_FROM + 4)
        last = (
            (unit, "confirm_school"),
            (unit, "accept_report"),
            (self._units[FINISHED_UNDER], "close_campaign"),
        )
        for days, (where, step) in enumerate(last, start=8):
            player.at(self._morning(-FINISHED_FROM + days)).complete(player.open_tasks(where, step))
        player.do(
            lambda work: close_campaign(
                work, actor=player.actor(work, opener), campaign_id=player.campaign_id
            )
        )

    def run_one(self) -> None:
        """Open a campaign for the whole province and bring each school to where it stands today."""
        player = self._player
        rules = {"staff": {level: self._evening(days) for level, days in STAFF_DUE.items()}}
        rules |= {key: {"": self._evening(days)} for key, days in OTHERS_DUE.items()}
        opener = player.person("vanphong1.so-mau")
        year = school_year_of(self._today.astimezone(HERE).date())
        title = f"Rà soát dữ liệu năm học {year}"
        self._open(title, f"Data review {year}", "so-mau", opener, rules, -RUNNING_SINCE)
        for code, (share, classes) in SCHOOLS.items():
            if code != LATE_SCHOOL:
                self._staff(code, share, -RUNNING_SINCE)
            if share == ALL:
                self._finish_staff(code, -RUNNING_SINCE + 3)
            if code == GUIDED:
                self._exceptions()
            self._classes(code, classes, -5)
        self._staff(LATE_SCHOOL, SCHOOLS[LATE_SCHOOL][0], -4)
        self._report()
        player.at(self._evening(-2)).let_time_work()
        self._judge_reports()
        self._returns()
        player.at(self._evening(-1)).let_time_work()
        player.at(self._today).let_time_work()

    def _open(
        self,
        title: str,
        title_en: str,
        code: str,
        opener: int,
        due: dict[str, dict[str, datetime]],
        days: int,
        only: Sequence[int] | None = None,
    ) -> None:
        player = self._player.at(self._morning(days))
        rules = [
            DeadlineRule(key, str(level), at) for key, levels in due.items() for level, at in levels.items()
        ]

        def act(work: UnitOfWork) -> int:
            campaign = open_campaign(
                work,
                actor=player.actor(work, opener),
                unit_id=self._units[code],
                title=title,
                title_en=title_en,
                school_year=school_year_of(self._today.astimezone(HERE).date()),
                deadlines=rules,
                only=only,
            )
            return campaign.id

        player.campaign_id = player.do(act)

    def _staff(self, code: str, share: float, days: int) -> None:
        """Name the officer, then review and confirm a share of the staff."""
        player, unit = self._player, self._units[code]
        player.at(self._morning(days, 10)).complete(player.open_tasks(unit, "assign_officer"))
        # Visitors find their own record waiting for their signature.
        visitors = player.staff_of(self._visitors) if share < ALL else frozenset[int]()
        # What has findings takes longest: the officer still has some of it.
        odd = player.staff_with_findings(unit)
        reviews = sorted(
            player.open_tasks(unit, "review_record"),
            key=lambda row: (row.subject_id not in visitors, row.subject_id in odd),
        )
        player.at(self._morning(days + 1)).complete(reviews[: round(len(reviews) * share)])
        asked = player.open_tasks(unit, "confirm_record")
        player.at(self._morning(days + 2)).complete(row for row in asked if row.subject_id not in visitors)

    def _finish_staff(self, code: str, days: int) -> None:
        """Synchronise, report and have the head accept the staff part."""
        unit = self._units[code]
        for number, step in enumerate(("synchronise", "report_and_hand_over", "head_check")):
            self._player.at(self._morning(days, 8 + 2 * number))
            self._player.complete(self._player.open_tasks(unit, step))

    def _classes(self, code: str, progress: tuple[int, ...], days: int) -> None:
        """Bring the classes of a school as far as `progress` says, in turn."""
        player, unit = self._player, self._units[code]
        rows = player.open_tasks(unit, "review_pupils")
        goals = {row.subject_id: progress[number % len(progress)] for number, row in enumerate(rows)}
        player.at(self._morning(days)).store_grades([one for one, goal in goals.items() if goal >= 3])
        for number, (steps, act) in enumerate(CLASS_STEPS, start=1):
            player.at(self._morning(days + number // 2, 8 + number))
            waiting = player.open_tasks(unit, *steps)
            act(player, [row for row in waiting if _class_of(row, goals) >= number], goals)

    def _exceptions(self) -> None:
        """In the school that guides show: one disagrees, one cannot be reviewed."""
        player, unit = self._player, self._units[GUIDED]
        left = player.open_tasks(unit, "review_record")
        player.at(self._morning(-6)).complete(left[:2])
        asked = player.open_tasks(unit, "confirm_record")
        player.at(self._morning(-6, 14)).complete(asked[-1:], "disagree", reason=DISAGREED)
        player.complete(left[-1:], "except", reason=EXCUSED)

    def _report(self) -> None:
        """The kindergartens report to their district offices."""
        player = self._player.at(self._morning(-2, 15))
        for code in ("mn-mau", "mn-thu", "mn-vi-du"):
            player.complete(player.open_tasks(self._units[code], "confirm_school"))

    def _judge_reports(self) -> None:
        """One report is accepted, one sent back, one waits."""
        player = self._player.at(self._morning(-1, 9))
        player.complete(player.open_tasks(self._units["mn-mau"], "accept_report"))
        sent_back = player.open_tasks(self._units["mn-vi-du"], "accept_report")
        player.complete(sent_back, "return", reason=MISMATCH)

    def _returns(self) -> None:
        """The principal has sent three pupils of one class back, and a whole class of another school."""
        player = self._player.at(self._morning(-1, 14))
        first = player.open_tasks(self._units[GUIDED], "check_class")[:1]
        for row in first:
            returned = dict.fromkeys(player.pupils_of(row)[4:13:4], UNCLEAR)
            player.complete([row], "return_pupils", returned=returned)
        whole = player.open_tasks(self._units["th-vi-du"], "check_class")[:1]
        player.complete(whole, "return_class", reason="Chưa đối chiếu giấy khai sinh của cả lớp.")

    def _morning(self, days: int, hour: int = 8) -> datetime:
        return self._day(days, time(hour))

    def _evening(self, days: int) -> datetime:
        return self._day(days, EVENING)

    def _day(self, days: int, at: time) -> datetime:
        """Give a time of the working day so many before or after today."""
        return CALENDAR.add_workdays(self._today, days, at)


def _class_of(row: Task, goals: dict[int, int]) -> int:
    return goals.get(row.subject_id, 0)


def _approve_some(player: Player, rows: list[Task], goals: dict[int, int]) -> None:
    for row in rows:
        if goals[row.subject_id] == 1:
            player.approve(row, leaving=player.random.randint(5, 20))


def _approve_all(player: Player, rows: list[Task], goals: dict[int, int]) -> None:
    for row in rows:
        player.approve(row)
    player.complete(rows)


def _enter_grades(player: Player, rows: list[Task], goals: dict[int, int]) -> None:
    player.complete(player.grade_tasks([one for one, goal in goals.items() if goal >= 3]))


def _lead_on(player: Player, rows: list[Task], goals: dict[int, int]) -> None:
    player.complete(rows)
    player.complete(player.following(rows, "hear_objections"))


ClassAct = Callable[[Player, list[Task], dict[int, int]], None]
# 1: some pupils approved; 2: all; 3: grades entered; 4: parents informed; 5: minutes signed; 6: head confirmed.
CLASS_STEPS: tuple[tuple[tuple[str, ...], ClassAct], ...] = (
    (("review_pupils",), _approve_some),
    (("review_pupils",), _approve_all),
    ((), _enter_grades),
    (("inform_parents",), _lead_on),
    (("sign_minutes",), lambda player, rows, goals: player.complete(rows)),
    (("check_class",), lambda player, rows, goals: player.complete(rows)),
)
