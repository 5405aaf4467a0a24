"""The child process of `check`: limits itself first, then reads, draws, applies the rules and compiles."""

import json
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict

from workflows.engine.specification import Problem

MEMORY, CPU_SECONDS = 1_500_000_000, 15
MAX_PROBLEMS = 50  # nobody reads more at once
ORDER = ["error", "warning", "note"]
# Faults that say less than the import pass did when it refused the same element.
SAID_BY_IMPORT = {
    "expression",
    "unsupported",
    "script_language",
    "reference",
    "timer_text",
    "flow_default_taken",
}


def limit() -> None:
    """Bound memory, time and files of this process where the system can."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the parent's timeout remains
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def judged(
    xml: bytes, known_keys: Collection[str], decisions: Mapping[str, str] | None = None
) -> tuple[list[dict[str, object]], bytes | None]:
    """Give all faults of a diagram, each once, and the copy that runs in its place when it needed mending."""
    from workflows.engine.decisions.reading import read_files
    from workflows.engine.diagram.drawing import draw
    from workflows.engine.diagram.reading import read
    from workflows.engine.diagram.rules_content import content_problems
    from workflows.engine.diagram.rules_decisions import unused_decisions
    from workflows.engine.diagram.rules_flow import flow_problems
    from workflows.engine.importing.taking import Taken, take
    from workflows.engine.running.compiling import compile_drawing
    from workflows.errors import DiagramRefused

    decisions = decisions or {}
    taken, tables = Taken(None, (), {}), read_files(decisions)
    try:
        root = read(xml)
        taken = take(root, tables.book)
        drawing = draw(root)
        found = [*flow_problems(drawing), *content_problems(drawing, known_keys, tables.book)]
        found += unused_decisions(drawing, decisions)
        if not any(problem.severity == "error" for problem in (*found, *taken.notes)):
            compile_drawing(drawing, tables.book)
    except DiagramRefused as refused:
        found = list(refused.problems)
    told = {(note.element_id, note.line) for note in taken.notes if note.severity == "error"}
    found = [
        taken.placed(p) for p in found if p.code not in SAID_BY_IMPORT or (p.element_id, p.line) not in told
    ]
    return _listed([*taken.notes, *found, *tables.problems]), taken.xml


def problems_of(xml: bytes, known_keys: Collection[str]) -> list[dict[str, object]]:
    """All faults of a diagram, each once."""
    return judged(xml, known_keys)[0]


def problems_of_tables(decisions: Mapping[str, str]) -> list[dict[str, object]]:
    """All faults of files of decision tables."""
    from workflows.engine.decisions.reading import read_files

    return _listed(read_files(decisions).problems)


def _listed(found: Iterable[Problem]) -> list[dict[str, object]]:
    """Errors first and notes last, so that a list that is too long loses what matters least."""
    from workflows.engine.diagram.faults import fault

    unique: dict[str, dict[str, object]] = {}
    for problem in found:
        plain = asdict(problem)
        unique.setdefault(json.dumps(plain, sort_keys=True), plain)
    ordered = sorted(unique.values(), key=lambda problem: ORDER.index(str(problem["severity"])))
    listed, left = ordered[:MAX_PROBLEMS], ordered[MAX_PROBLEMS:]
    if left:
        errors = any(problem["severity"] == "error" for problem in left)
        listed.append(asdict(fault(None, "more" if errors else "more_doubts", count=len(left))))
    return listed


def main() -> None:
    """Read keys and decision tables (one JSON line) and the XML from standard input; write faults and copy as JSON."""
    limit()
    asked = json.loads(sys.stdin.buffer.readline())
    found, mended = problems_of_tables(asked["decisions"]), None
    if not asked["tables_alone"]:
        found, mended = judged(sys.stdin.buffer.read(), asked["keys"], asked["decisions"])
    sys.stdout.write(
        json.dumps({"problems": found, "mended": mended.decode() if mended is not None else None})
    )


if __name__ == "__main__":
    main()
