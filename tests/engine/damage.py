"""Damages diagrams by chance: what people, other tools and attackers do to files."""

import copy
import random

from lxml import etree

TEXTS = (
    "", "1", "PT5M", "nowhere", "[]", "outcome", "x", "${x}", "${a.b()}", "= x > 1", "${x > 1 && !y}", "#{",
    "not(" * 60, "${" + "(" * 300 + "}", "R/PT1H", "0 0 9 * * ?", "2030-01-01", "P1D", "a:b:c", "true", "*",
    "__import__('os')", "().__class__", "9" * 400, "x" * 3_000, "ký ức", "${x ? y : z}", "role('head')",
)  # fmt: skip
NAMES = (
    "{http://camunda.org/schema/1.0/bpmn}assignee", "{http://camunda.org/schema/1.0/bpmn}candidateGroups",
    "{http://camunda.org/schema/1.0/bpmn}collection", "{http://camunda.org/schema/1.0/bpmn}dueDate",
    "{http://camunda.org/schema/1.0/bpmn}class", "{urn:rasoat:1}assignee", "{urn:rasoat:1}pass", "id", "default",
    "sourceRef", "targetRef", "isExecutable", "triggeredByEvent", "calledElement",
)  # fmt: skip


def damaged(source: bytes, chance: random.Random) -> bytes:
    """Remove, repeat, move and rewrite a few parts of a diagram; it stays well-formed."""
    root = etree.fromstring(source)
    for _ in range(chance.randint(1, 3)):
        nodes = [node for node in root.iter(etree.Element) if node.getparent() is not None]
        if not nodes:
            break
        node, other = chance.choice(nodes), chance.choice(nodes)
        parent = node.getparent()
        assert parent is not None
        match chance.randrange(8):
            case 0:
                parent.remove(node)
            case 1:
                parent.append(copy.deepcopy(node))
            case 2 if other not in node.iter() and node not in other.iter():
                node.append(copy.deepcopy(other))
            case 3 if node.attrib:
                del node.attrib[chance.choice(list(node.attrib))]
            case 4 if node.attrib and other.attrib:
                node.set(chance.choice(list(node.attrib)), chance.choice(list(other.attrib.values())))
            case 5 if node.attrib:
                node.set(chance.choice([*node.attrib, *NAMES]), chance.choice(TEXTS))
            case 6:
                for _ in range(chance.randint(1, 30)):
                    parent.append(copy.deepcopy(node))
            case _:
                node.text = chance.choice(TEXTS)
    return etree.tostring(root)


def battered(source: bytes, chance: random.Random) -> bytes:
    """Change, drop or repeat single bytes; most outcomes are no XML any more."""
    content = bytearray(source)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(content))
        match chance.randrange(3):
            case 0:
                content[place] = chance.randrange(256)
            case 1:
                del content[place : place + chance.randint(1, 20)]
            case _:
                content[place:place] = content[place : place + chance.randint(1, 40)]
    return bytes(content)
