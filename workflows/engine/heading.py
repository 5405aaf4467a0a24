"""The title of a drawing, readable even when the drawing cannot run: which process it is and what it is called."""

from dataclasses import dataclass

from workflows.engine.diagram.details import rs
from workflows.engine.diagram.reading import read
from workflows.engine.language.vocabulary import BPMN


@dataclass(frozen=True, slots=True)
class Heading:
    """Key and names of the process; `key` is "" where the file holds no process or several that could run."""

    key: str
    name: str = ""
    name_en: str = ""


def heading_of(xml: bytes) -> Heading:
    """Read the title of a drawing; refuses with DiagramRefused what is not plain, bounded BPMN XML."""
    processes = list(read(xml).iter(f"{{{BPMN}}}process"))
    running = [
        process for process in processes if process.get("isExecutable", "true").strip() in ("true", "1")
    ]
    chosen = running if len(running) == 1 else processes
    if len(chosen) != 1:
        return Heading("")
    process = chosen[0]
    return Heading(process.get("id", ""), process.get("name", ""), rs(process, "nameEn") or "")
