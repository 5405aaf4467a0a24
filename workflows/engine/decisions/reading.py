"""Reads DMN 1.1 to 1.5 files into decisions; whatever cannot be decided truly is refused by table, rule and column."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine.decisions.faults import fault, of_a_table
from workflows.engine.decisions.rules import table_problems
from workflows.engine.decisions.table import Book, Decision
from workflows.engine.decisions.tables import Named, read_table
from workflows.engine.diagram.reading import read_xml
from workflows.engine.specification import Problem
from workflows.errors import DiagramRefused

DMN = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
}
MAX_DECISIONS = 50
IDENTIFIER = re.compile(r"[A-Za-z_][\w.\-]*", re.ASCII)
LOGIC = {
    "literalExpression", "context", "invocation", "list", "relation", "functionDefinition", "conditional", "filter",
    "for", "every", "some",
}  # fmt: skip


@dataclass(slots=True)
class Reading:
    """What was read of one or several files, and everything that is wrong with them."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def book(self) -> Book:
        """The decisions that can be made."""
        return Book(self.decisions)


def read_files(files: Mapping[str, str], *, judge: bool = True) -> Reading:
    """Read the decision files of a procedure; never raises, the problems say what was left out.

    `judge` looks also for what can be read and is wrong all the same, such as rules that meet.
    """
    reading = Reading()
    for text in files.values():
        found = read_file(text.encode(), judge=judge)
        twice = found.decisions.keys() & reading.decisions.keys()
        reading.problems += found.problems
        reading.problems += [
            fault(0, "decision_twice", (key, found.decisions[key].name), name=key) for key in twice
        ]
        reading.decisions |= found.decisions
    return reading


def read_file(content: bytes, *, judge: bool = True) -> Reading:
    """Read one DMN file; never raises."""
    reading = Reading()
    try:
        root = read_xml(content)
    except DiagramRefused as refused:
        reading.problems += map(of_a_table, refused.problems)
        return reading
    space = etree.QName(root).namespace or ""
    if etree.QName(root).localname != "definitions" or space not in DMN:
        reading.problems.append(fault(root, "not_dmn", name=etree.QName(root).localname))
        return reading
    found = root.findall(f"{{{space}}}decision")
    if not 0 < len(found) <= MAX_DECISIONS:
        code = "too_many_decisions" if found else "no_decision"
        reading.problems.append(fault(root, code, count=len(found), most=MAX_DECISIONS))
        return reading
    for element in found:
        _read_decision(element, Named(space, root), reading, judge=judge)
    _require_required(reading)
    return reading


def keys_in(content: bytes) -> list[str]:
    """Give the identifiers of the decisions of a file, in the order of the file, whatever is wrong with them.

    Refuses with DiagramRefused what is no decision file at all.
    """
    try:
        root = read_xml(content)
    except DiagramRefused as refused:
        raise DiagramRefused([of_a_table(problem) for problem in refused.problems]) from refused
    space = etree.QName(root).namespace or ""
    if etree.QName(root).localname != "definitions" or space not in DMN:
        raise DiagramRefused([fault(root, "not_dmn", name=etree.QName(root).localname)])
    keys = [element.get("id", "") for element in root.findall(f"{{{space}}}decision")]
    if not any(keys):
        raise DiagramRefused([fault(root, "no_decision")])
    return [key for key in keys if key]


def is_decision_file(text: str) -> bool:
    """Whether a text says that it is DMN, before anything else is looked at."""
    return any(space in text[:4_000] for space in DMN)


def _read_decision(element: etree._Element, named: Named, reading: Reading, *, judge: bool) -> None:
    key, name = element.get("id", ""), element.get("name", "")
    if not IDENTIFIER.fullmatch(key):
        reading.problems.append(fault(element, "decision_id", (key, name)))
        return
    if key in reading.decisions:
        reading.problems.append(fault(element, "decision_twice", (key, name), name=key))
        return
    table = named.child(element, "decisionTable")
    if table is None:
        kinds = [etree.QName(child).localname for child in element.iterchildren(etree.Element)]
        kind = next((one for one in kinds if one in LOGIC), "-")
        reading.problems.append(fault(element, "decision_logic", (key, name), name=kind))
        return
    if named.child(element, "knowledgeRequirement") is not None:
        reading.problems.append(fault(element, "decision_knowledge", (key, name)))
        return
    variable = named.child(element, "variable")
    read, problems = read_table(table, named, (key, name))
    reading.problems += problems
    if read is not None:
        made = Decision(
            key=key,
            name=name,
            variable=(variable.get("name", "") if variable is not None else "") or name,
            requires=tuple(_required(element, named)),
            table=read,
            line=getattr(element, "sourceline", None) or 0,
        )
        reading.decisions[key] = made
        if judge and not problems:
            reading.problems += table_problems(made)


def _required(element: etree._Element, named: Named) -> Iterator[str]:
    for requirement in element.findall(f"{{{named.space}}}informationRequirement"):
        required = named.child(requirement, "requiredDecision")
        if required is not None:
            yield required.get("href", "").rpartition("#")[2]


def _require_required(reading: Reading) -> None:
    """Take out the decisions that cannot be made because of what they require, each with its reason."""
    left = dict(reading.decisions)
    made: dict[str, Decision] = {}
    while ready := [key for key, one in left.items() if all(name in made for name in one.requires)]:
        made |= {key: left.pop(key) for key in ready}
    for key, one in left.items():
        missing = [name for name in one.requires if name not in reading.decisions]
        code = "required_missing" if missing else "required_circle"
        reading.problems.append(fault(one.line, code, (key, one.name), name=", ".join(missing)))
    reading.decisions = made
