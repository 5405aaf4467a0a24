"""The child process of `check`: limits itself first, then reads, draws, applies the rules and compiles."""

import json
import sys
from collections.abc import Collection
from dataclasses import asdict

MEMORY, CPU_SECONDS = 1_500_000_000, 15
MAX_PROBLEMS = 50  # nobody reads more at once


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


def problems_of(xml: bytes, known_keys: Collection[str]) -> list[dict[str, object]]:
    """All faults of a diagram, each once."""
    from workflows.engine.diagram.drawing import draw
    from workflows.engine.diagram.faults import fault
    from workflows.engine.diagram.reading import read
    from workflows.engine.diagram.rules_content import content_problems
    from workflows.engine.diagram.rules_flow import flow_problems
    from workflows.engine.running.plan import compile_drawing
    from workflows.errors import DiagramRefused

    try:
        drawing = draw(read(xml))
        found = [*flow_problems(drawing), *content_problems(drawing, known_keys)]
        if not any(problem.severity == "error" for problem in found):
            compile_drawing(drawing)
    except DiagramRefused as refused:
        found = list(refused.problems)
    unique: dict[str, dict[str, object]] = {}
    for problem in found:
        plain = asdict(problem)
        unique.setdefault(json.dumps(plain, sort_keys=True), plain)
    errors_first = sorted(unique.values(), key=lambda problem: problem["severity"] != "error")
    listed, left = errors_first[:MAX_PROBLEMS], errors_first[MAX_PROBLEMS:]
    if left:
        errors = any(problem["severity"] == "error" for problem in left)
        listed.append(asdict(fault(None, "more" if errors else "more_doubts", count=len(left))))
    return listed


def main() -> None:
    """Read the known keys (one JSON line) and the XML from standard input, write the faults as JSON."""
    limit()
    keys = json.loads(sys.stdin.buffer.readline())
    found = problems_of(sys.stdin.buffer.read(), keys)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
