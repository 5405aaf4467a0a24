"""Rehearses scenarios on the command line and says how they went and what they cover; needs no store and no server."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_babel import gettext as _

from web.linting import speaking
from web.wording import say, say_problem, translated
from workflows.errors import DiagramRefused, FormRefused, Refusal
from workflows.rehearsal.scenarios.coverage import KINDS, Covered
from workflows.rehearsal.scenarios.failures import MayNot
from workflows.rehearsal.scenarios.playing import Played
from workflows.rehearsal.scenarios.reading import ENDING
from workflows.rehearsal.scenarios.rehearsing import Report, rehearse

FINE, FAILED, UNREADABLE = 0, 1, 2


def rehearse_scenarios(
    place: Path, language: str | None, *, as_json: bool, write: Callable[[str], object]
) -> int:
    """Play what is in a folder or a file, say each scenario as soon as it was played, and give the exit status."""
    with speaking(language), _quiet_worker():
        report = rehearse(place, (lambda played: None) if as_json else (lambda played: write(_line(played))))
        empty = not report.played and not report.wrong
        if as_json:
            write(json.dumps(_plain(report), ensure_ascii=False))
        elif empty:
            write(_("There is no scenario (*%(ending)s) in %(place)s.", ending=ENDING, place=place))
        else:
            for line in _lines(report):
                write(line)
    return UNREADABLE if report.wrong or empty else FINE if report.passed else FAILED


@contextmanager
def _quiet_worker() -> Iterator[None]:
    """What fails in a rehearsal is told as its outcome, not in the log."""
    log = logging.getLogger("workflows.scheduler")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _line(played: Played) -> str:
    scenario = played.scenario
    where = f"{scenario.file}:{scenario.line}"
    if played.problem is None:
        return _("%(where)s: as written: %(name)s", where=where, name=scenario.name)
    return _(
        "%(where)s: NOT as written: %(name)s\n    line %(line)s: %(problem)s",
        where=where,
        name=scenario.name,
        line=played.line,
        problem=_told(played.problem),
    )


def _told(problem: Refusal | str) -> str:
    """Say a problem in the reader's language, and what it is made of below it."""
    match problem:
        case str():
            return problem
        case FormRefused():
            return "; ".join(f"{key}: {say(one)}" for key, one in problem.problems.items())
        case DiagramRefused():
            parts = ((one, say_problem(one)) for one in problem.problems)
            listed = [f"{one.element_id or '-'}: {' '.join(texts)}" for one, texts in parts]
            return "\n".join([say(problem), *listed])
        case MayNot():
            return say(MayNot(problem.who, _told(problem.why)))
        case _:
            return say(problem)


def _lines(report: Report) -> Iterator[str]:
    for wrong in report.wrong:
        yield say(wrong)
    for key, covered in report.covered.items():
        yield _(
            "%(key)s covered: ways %(ways)s, outcomes %(outcomes)s, alarms %(alarms)s, rungs of ladders %(rungs)s",
            key=key,
            **{kind: f"{covered.count(kind)}/{len(covered.there[kind])}" for kind in KINDS},
        )
        yield from _missing(covered)
    if not report.played:
        yield _("No scenario could be read.")
        return
    passed = sum(one.passed for one in report.played)
    yield _("%(passed)s of %(all)s scenarios went as written.", passed=passed, all=len(report.played))


def _missing(covered: Covered) -> Iterator[str]:
    texts = {
        "ways": _("way not taken"),
        "outcomes": _("outcome not chosen"),
        "alarms": _("alarm that never rang"),
        "rungs": _("rung not climbed"),
    }
    for kind, text in texts.items():
        for name, words in covered.missing(kind).items():
            yield f"    {text}: {name} ({words})"


def _plain(report: Report) -> dict[str, object]:
    return {
        "passed": report.passed,
        "scenarios": [
            {
                "file": str(one.scenario.file),
                "line": one.scenario.line,
                "name": one.scenario.name,
                "procedure": one.scenario.procedure,
                "rules": list(one.scenario.rules),
                "passed": one.passed,
                "problem": None if one.problem is None else _told(one.problem),
                "problem_line": one.line or None,
            }
            for one in report.played
        ],
        "unreadable": [
            {"where": wrong.where, "problem": translated(wrong.problem.msgid, wrong.problem.params)}
            for wrong in report.wrong
        ],
        "coverage": {
            key: {
                kind: {
                    "covered": covered.count(kind),
                    "of": len(covered.there[kind]),
                    "missing": covered.missing(kind),
                }
                for kind in KINDS
            }
            for key, covered in report.covered.items()
        },
    }
