"""Reads uploaded XML without trusting it: no document type, no entities, bounded size, nodes and depth."""

from typing import Any

from lxml import etree

from workflows.engine.diagram.faults import fault
from workflows.engine.language.vocabulary import BPMN
from workflows.errors import DiagramRefused

MAX_BYTES, MAX_ELEMENTS, MAX_DEPTH = 5_000_000, 50_000, 60


def read(xml: bytes) -> etree._Element:
    """Parse a diagram; refuses whatever is not plain, bounded BPMN XML."""
    if len(xml) > MAX_BYTES:
        raise DiagramRefused([fault(None, "too_big", detail=f"{len(xml)} bytes")])
    # A fresh parser per file: a parser keeps state, and lookups by identity mixed up lanes between files.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DiagramRefused([fault(None, "xml", detail=str(error)[:200])]) from error
    if root is None:
        raise DiagramRefused([fault(None, "xml", detail="empty")])
    info: Any = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None or any(True for _ in root.iter(etree.Entity)):
        raise DiagramRefused([fault(None, "doctype")])
    _require_bounded(root)
    if root.tag != f"{{{BPMN}}}definitions":
        raise DiagramRefused([fault(None, "xml", detail="no bpmn:definitions")])
    return root


def _require_bounded(root: etree._Element) -> None:
    level, count = [root], 0
    for depth in range(MAX_DEPTH + 1):
        count += len(level)
        level = [child for element in level for child in element]
        if not level:
            return
        if count > MAX_ELEMENTS or depth == MAX_DEPTH:
            raise DiagramRefused([fault(None, "too_big", detail=f"{count} elements, {depth} levels")])
