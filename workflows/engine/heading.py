"""The title of a drawing, readable even when the drawing cannot run: which process it is and what it is called."""

from dataclasses import dataclass

from lxml import etree

from workflows.engine.diagram.details import rs
from workflows.engine.diagram.drawing import not_one, processes_of
from workflows.engine.diagram.faults import fault
from workflows.engine.diagram.reading import read
from workflows.engine.specification import Problem
from workflows.errors import DiagramRefused

SHAPES = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape"


@dataclass(frozen=True, slots=True)
class Heading:
    """Key and names of the process; `key` is "" where the file holds no process or several that could run."""

    key: str
    name: str = ""
    name_en: str = ""


def heading_of(xml: bytes, *, one: bool = False) -> Heading:
    """Read the title of a drawing; refuses with DiagramRefused what is not plain, bounded BPMN XML.

    With `one` it refuses also what is not about one process.
    """
    root = read(xml)
    process = _process(root)
    if process is None:
        if one:
            raise DiagramRefused([not_one(*processes_of(root))])
        return Heading("")
    return Heading(process.get("id", ""), process.get("name", ""), rs(process, "nameEn") or "")


def heading_problems(xml: bytes, key: str) -> list[Problem]:
    """List what keeps a readable drawing from being a version of the procedure `key`, and from being looked at."""
    root = read(xml)
    process = _process(root)
    problems = []
    if process is not None and (found := process.get("id", "")) != key:
        problems.append(fault(process, "key_other", found=found, expected=key))
    if next(root.iter(SHAPES), None) is None:
        problems.append(fault(None, "no_shapes"))
    return problems


def _process(root: etree._Element) -> etree._Element | None:
    """The process a file is about: the only executable one, or the only one."""
    processes, running = processes_of(root)
    chosen = running if len(running) == 1 else processes
    return chosen[0] if len(chosen) == 1 else None
