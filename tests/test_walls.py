"""The walls and doors of the house, read from the syntax trees of everything that is tracked."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent

# Words that every floor of `workflows` shares.
COMMON = ("workflows.errors", "workflows.clock", "workflows.actor")
# What writes within a unit of work besides.
WORKING = (*COMMON, "workflows.unit_of_work", "workflows.settings")
# What a floor may import of our own; the longest folder that fits counts.
FLOORS = {
    "models": {"models"},
    "workflows": {"models", "workflows"},
    "workflows/engine": {"workflows.engine", "workflows.errors"},
    "workflows/policy": {"models", "workflows.policy", *COMMON},
    "workflows/queries": {"models", "workflows.queries", "workflows.policy", *COMMON},
    "workflows/notify": {"models", "workflows.notify", "workflows.policy", *WORKING},
    "workflows/records": {"models", "workflows.records", "workflows.policy", *WORKING},
    "workflows/rehearsal": {"models", "workflows"},
    "web": {"models", "workflows", "web"},
    "tests": {"models", "workflows", "web", "tests", "run"},
}
# One door each: what is imported or called, and the only place that may.
DOORS = {
    "yaml": "workflows/rehearsal/scenarios/entries.py",
    "flask": "web/",
    "SpiffWorkflow": "workflows/engine/",
    "apscheduler": "workflows/scheduler.py",
    "smtplib": "workflows/notify/channels/email.py",
}
# The product runs without its rehearsals; who may play them.
REHEARSING = {"web/rehearsing.py"}
CALLS = {
    ("datetime", "now"): "workflows/clock.py",
    ("datetime", "utcnow"): "workflows/clock.py",
    ("datetime", "today"): "workflows/clock.py",
    ("date", "today"): "workflows/clock.py",
    ("time", "time"): "workflows/clock.py",
    ("os", "environ"): "web/config.py",
    ("os", "getenv"): "web/config.py",
    ("session", "commit"): "workflows/unit_of_work.py",
}
FREE = ("tests/", "run.py")
LONGEST = 400
OURS = {"models", "workflows", "web", "tests", "bpmn", "run"}


@cache
def tracked(pattern: str = "") -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, check=True).stdout
    names = [name for name in listed.decode().split("\0") if name and (HOUSE / name).is_file()]
    return tuple(name for name in names if name.endswith(pattern))


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((HOUSE / name).read_text(encoding="utf-8"), name)


def imported(name: str) -> Iterator[str]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports_of(name: str) -> tuple[str, ...]:
    return tuple(imported(name))


def within(module: str, allowed: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


def test_each_floor_imports_only_what_lies_below() -> None:
    wrong = []
    for name in tracked(".py"):
        floor = max((place for place in FLOORS if name.startswith(f"{place}/")), key=len, default=None)
        for module in imports_of(name) if floor else ():
            own = module.split(".")[0] in OURS
            if own and not any(within(module, allowed) for allowed in FLOORS[floor or ""]):
                wrong.append(f"{name} imports {module}")
    assert wrong == []


def test_nothing_stands_on_rehearsals_but_the_command_line() -> None:
    users = {
        n for n in tracked(".py") if any(within(module, "workflows.rehearsal") for module in imports_of(n))
    }

    assert {n for n in users if not n.startswith(("workflows/rehearsal/", "tests/"))} == REHEARSING


@pytest.mark.parametrize(("package", "door"), DOORS.items())
def test_each_library_has_one_door(package: str, door: str) -> None:
    users = {name for name in tracked(".py") if any(within(module, package) for module in imports_of(name))}

    assert [name for name in users if not name.startswith((door, *FREE))] == []


def test_time_environment_and_commit_have_one_door() -> None:
    wrong = []
    for name in tracked(".py"):
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Attribute) and not name.startswith(FREE):
                door = CALLS.get((ast.unparse(node.value).split(".")[-1], node.attr))
                if door is not None and name != door:
                    wrong.append(f"{name}:{node.lineno} {ast.unparse(node)}")
    assert wrong == []


def test_rows_are_held_one_way() -> None:
    """Through `HELD` or `SHARED` of `models.database`, which say why."""
    wrong = []
    for name in tracked(".py"):
        for node in ast.walk(tree(name)) if not name.startswith(FREE) else ():
            call = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("with_for_update")
            named = isinstance(node, ast.keyword) and node.arg == "with_for_update"
            if (call or named) and not {"HELD", "SHARED"} & set(re.findall(r"\w+", ast.unparse(node))):
                wrong.append(f"{name}:{ast.unparse(node)}")
    assert wrong == []


def test_packages_come_from_beside_pyproject() -> None:
    import models
    import web
    import workflows

    for package in (models, workflows, web):
        assert Path(package.__path__[0]).parent == HOUSE


def test_no_module_carries_the_name_of_a_library() -> None:
    own = {Path(name).parts[0] for name in tracked(".py")} - {"run.py"}

    assert own <= OURS
    assert not own & set(sys.stdlib_module_names)


def test_modules_stay_readable() -> None:
    lengths = {name: len((HOUSE / name).read_text(encoding="utf-8").splitlines()) for name in tracked(".py")}

    assert {name: n for name, n in lengths.items() if n > LONGEST and "/migrations/" not in name} == {}


def test_scenarios_and_tests_are_no_packages() -> None:
    assert [n for n in tracked("__init__.py") if n.startswith(("bpmn/", "tests/"))] == []


def test_nothing_tracked_names_a_registry_or_a_machine() -> None:
    hosts = "|".join((r"pypi\.org", r"pythonhosted\.org", r"registry\.npmjs\.org", r"deb\.debian\.org"))
    paths = r"(?<![\w.$}-])/(?:home|Users|root|work)/[\w.-]+"
    pattern = re.compile(f"{hosts}|{paths}".encode())
    found = {
        name: match.group().decode()
        for name in tracked()
        if name != "tests/test_walls.py" and (match := pattern.search((HOUSE / name).read_bytes()))
    }

    assert found == {}
