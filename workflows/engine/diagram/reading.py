"""Reads uploaded XML without trusting it: no document type, no entities, bounded size, nodes and depth."""

from dataclasses import replace
from typing import Any

from lxml import etree

from workflows.engine.diagram.drawing import drawn
from workflows.engine.diagram.faults import fault
from workflows.engine.language.reasons import N_, Reason
from workflows.engine.language.vocabulary import BPMN
from workflows.engine.specification import Problem
from workflows.errors import DiagramRefused

MAX_MEGABYTES = 2
MAX_BYTES, MAX_ELEMENTS, MAX_DEPTH = MAX_MEGABYTES * 1024 * 1024, 50_000, 60
MAX_DRAWN = 5_000  # steps, events, gateways and flows: far more than anybody can follow on a drawing
# libxml2's codes: entities nobody declared or that refer to themselves, and its own limits.
ENTITIES = {
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY,
    etree.ErrorTypes.ERR_ENTITY_LOOP,
    etree.ErrorTypes.ERR_ENTITY_PROCESSING,
}
LIMITS = {etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG}


def read(xml: bytes) -> etree._Element:
    """Parse a diagram; refuses whatever is not plain, bounded BPMN XML in UTF-8."""
    root = read_xml(xml)
    if root.tag != f"{{{BPMN}}}definitions":
        raise DiagramRefused([fault(None, "not_bpmn", name=etree.QName(root).localname)])
    _require_few(sum(1 for _ in drawn(root)), MAX_DRAWN)
    return root


def read_xml(xml: bytes) -> etree._Element:
    """Parse any file from outside; refuses whatever is not plain, bounded XML in UTF-8."""
    if len(xml) > MAX_BYTES:
        raise DiagramRefused([too_large()])
    if not xml.strip():
        raise DiagramRefused([fault(None, "empty")])
    root = _parsed(xml)
    info: Any = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None or any(True for _ in root.iter(etree.Entity)):
        raise DiagramRefused([fault(None, "doctype")])
    _require_bounded(root)
    return root


def _parsed(xml: bytes) -> etree._Element:
    # A fresh parser per file: a parser keeps state, and lookups by identity mixed up lanes between files.
    parser = etree.XMLParser(
        # What the file says of itself is ignored: the browser draws the same bytes, and it reads them as UTF-8.
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        xml.decode()
        return etree.fromstring(xml, parser)
    except UnicodeDecodeError as error:
        raise DiagramRefused([fault(None, "encoding")]) from error
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DiagramRefused([_broken(xml, error)]) from error


def _broken(xml: bytes, error: Any) -> Problem:
    """Say where the file breaks, or that it is one of those that are broken on purpose."""
    code = getattr(error, "code", None)
    if code in ENTITIES or b"<!DOCTYPE" in xml:
        return fault(None, "doctype")
    if code in LIMITS:
        return fault(None, "too_big", detail=Reason(N_("elements nested too deeply, or a text too long")))
    line, column = getattr(error, "position", None) or (1, 1)
    return replace(fault(None, "xml", line=line, column=column), line=line)


def too_large() -> Problem:
    """Say how large a file may be: the one bound for what is uploaded, saved and checked."""
    return fault(None, "file_large", most=MAX_MEGABYTES)


def _require_bounded(root: etree._Element) -> None:
    level, count, depth = [root], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        _require_few(count, MAX_ELEMENTS)
        if depth > MAX_DEPTH:
            detail = Reason(N_("more than %(most)s levels of elements"), most=MAX_DEPTH)
            raise DiagramRefused([fault(None, "too_big", detail=detail)])
        level = [child for element in level for child in element]


def _require_few(count: int, most: int) -> None:
    if count > most:
        detail = Reason(N_("%(count)s elements; at most %(most)s are allowed"), count=count, most=most)
        raise DiagramRefused([fault(None, "too_big", detail=detail)])
