"""Rehearses the scenarios of a folder or a file, and says what they covered of the diagrams beside them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from workflows.commands.administration.procedures import read_heading
from workflows.engine.decisions.reading import keys_in
from workflows.engine.diagram.reading import read
from workflows.engine.language.vocabulary import BPMN
from workflows.errors import DiagramRefused, Refusal
from workflows.rehearsal.cast import Cast
from workflows.rehearsal.errors import (
    DiagramMissing,
    DiagramMissingHere,
    FileUnreadable,
    ScenarioWrong,
    TableUnreadable,
)
from workflows.rehearsal.rehearsal import Rehearsal, read_drawing
from workflows.rehearsal.scenarios.coverage import Coverage, Covered
from workflows.rehearsal.scenarios.failures import BrokeOff
from workflows.rehearsal.scenarios.playing import Played, play
from workflows.rehearsal.scenarios.reading import ENDING, read_scenarios
from workflows.rehearsal.scenarios.scenario import Scenario


@dataclass(slots=True)
class Report:
    """How the scenarios went, the files that cannot be read, and what was covered of each procedure they play."""

    played: list[Played] = field(default_factory=list)
    wrong: list[ScenarioWrong] = field(default_factory=list)
    covered: dict[str, Covered] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every scenario of every file went as written; what was not covered is another matter."""
        return not self.wrong and all(one.passed for one in self.played)


class Rehearsing:
    """Prepares each procedure once for each cast, and plays any number of scenarios on copies of that."""

    def __init__(self) -> None:
        self.coverage = Coverage()
        self._prepared: list[tuple[Cast, tuple[Path, ...], Rehearsal]] = []
        self._missed: set[tuple[Path, str]] = set()

    def play(self, scenario: Scenario) -> Played:
        """Play one scenario."""
        try:
            ground = self._ground(scenario)
        except Refusal as refusal:
            return Played(scenario, refusal, scenario.line)
        except Exception as error:  # noqa: BLE001  what nobody thought of ends one scenario, not all of them
            return Played(scenario, BrokeOff(error), scenario.line)
        with ground.fork(at=scenario.given.now) as rehearsal:
            played = play(scenario, rehearsal)
            self.coverage.add(rehearsal)
        return played

    def close(self) -> None:
        """Forget what was prepared."""
        for _, _, rehearsal in self._prepared:
            rehearsal.close()

    def _ground(self, scenario: Scenario) -> Rehearsal:
        """Give a rehearsal with the scenario's cast that has published its procedure and those that it calls."""
        drawings = tuple(_needed(scenario.procedure, scenario.file, self._missed))
        for cast, published, rehearsal in self._prepared:
            if cast == scenario.given.cast and published == drawings:
                return rehearsal
        rehearsal = Rehearsal(scenario.given.cast)
        try:
            tables = dict.fromkeys(table for path in drawings for table in _files(path.parent, "*.dmn"))
            rehearsal.publish(*drawings, *map(_table, tables))
        except Exception:
            rehearsal.close()
            raise
        self.coverage.expect(rehearsal)
        self._prepared.append((scenario.given.cast, drawings, rehearsal))
        return rehearsal


def rehearse(place: Path, tell: Callable[[Played], object] = lambda played: None) -> Report:
    """Rehearse a file, or all scenarios in a folder and below; `tell` hears of each as soon as it was played."""
    report = Report()
    scenarios = list(_read(files_in(place), report))
    with closing(Rehearsing()) as rehearsing:
        for scenario in scenarios:
            report.played.append(rehearsing.play(scenario))
            tell(report.played[-1])
        keys = dict.fromkeys(one.procedure for one in scenarios)
        known = rehearsing.coverage.procedures
        report.covered = rehearsing.coverage.report([key for key in keys if key in known])
    return report


def files_in(place: Path) -> list[Path]:
    """List the files of scenarios, in the order of their names; a file stands for itself."""
    return sorted(place.rglob(f"*{ENDING}")) if place.is_dir() else [place]


def _read(files: Sequence[Path], report: Report) -> Iterator[Scenario]:
    for file in files:
        try:
            yield from read_scenarios(file)
        except ScenarioWrong as error:
            report.wrong.append(error)


def _needed(procedure: str, file: Path, missed: set[tuple[Path, str]]) -> Iterator[Path]:
    """Find the diagram of a procedure and of everything it calls, in the folder of a file and beside that.

    What to do about one that is not there is told once, however many scenarios need it.
    """
    folder = file.resolve().parent
    by_key: dict[str, tuple[Path, str]] = {}
    unread: list[tuple[Path, FileUnreadable]] = []
    for path in [*_files(folder, "*.bpmn"), *_files(folder.parent, "*/*.bpmn")]:
        try:
            xml = read_drawing(path)
            by_key.setdefault(read_heading(xml).key, (path, xml))
        except FileUnreadable as unreadable:
            unread.append((path, unreadable))
        except Refusal:
            continue  # another file's trouble, unless this procedure calls it
    wanted, taken = [procedure], set()
    while wanted:
        key = wanted.pop()
        if key in taken:
            continue
        if key not in by_key:
            for path, refusal in unread:
                if path.parent == folder or key in (path.stem, path.parent.name):
                    raise refusal
            kind = DiagramMissing if (file, key) in missed else DiagramMissingHere
            missed.add((file, key))
            raise kind(key=key, file=file)
        taken.add(key)
        path, xml = by_key[key]
        yield path
        calls = read(xml.encode()).iter(f"{{{BPMN}}}callActivity")
        wanted += [called for call in calls if (called := call.get("calledElement"))]


def _table(file: Path) -> str:
    text = read_drawing(file)
    try:
        keys_in(text.encode())
    except DiagramRefused as refusal:
        raise TableUnreadable(file=file) from refusal
    return text


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.is_file())
