"""Finds what other tools write beside the standard: their attributes, and their elements in extensionElements."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.diagram.drawing import child_of
from workflows.engine.language.vocabulary import BPMN, RS

# Engines that write the same words as Camunda 7, in the order in which they are believed.
FAMILY = (
    "http://camunda.org/schema/1.0/bpmn",
    "http://operaton.org/schema/1.0/bpmn",
    "http://flowable.org/bpmn",
    "http://activiti.org/bpmn",
)
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
DROOLS = "http://www.jboss.org/drools"  # jBPM
VENDORS = (*FAMILY, ZEEBE, DROOLS, "http://www.omg.org/bpsim")


def attribute(element: etree._Element, name: str) -> str | None:
    """Give an attribute of the Camunda family, None when absent or empty."""
    for space in FAMILY:
        if found := (element.get(f"{{{space}}}{name}") or "").strip():
            return found
    return None


def extra(
    element: etree._Element, name: str, spaces: tuple[str, ...] = (*FAMILY, ZEEBE)
) -> etree._Element | None:
    """Give the first element of that name directly in extensionElements."""
    return next(extras(element, name, spaces), None)


def extras(
    element: etree._Element, name: str, spaces: tuple[str, ...] = (*FAMILY, ZEEBE)
) -> Iterator[etree._Element]:
    """Give the elements of that name directly in extensionElements."""
    holder = child_of(element, "extensionElements")
    if holder is not None:
        for space in spaces:
            yield from holder.iterchildren(f"{{{space}}}{name}")


def ours(element: etree._Element, name: str) -> str | None:
    """Give an attribute of our own vocabulary."""
    return element.get(f"{{{RS}}}{name}")


def set_ours(element: etree._Element, name: str, text: str) -> None:
    """Write an attribute of our own vocabulary."""
    element.set(f"{{{RS}}}{name}", text)


def make(parent: etree._Element, tag: str, text: str = "", /, **attributes: str) -> etree._Element:
    """Add a BPMN element at the end."""
    made = etree.SubElement(parent, f"{{{BPMN}}}{tag}", attributes)
    if text:
        made.text = text
    return made


def uses_our_words(root: etree._Element) -> bool:
    """Whether anything in a file is written in our own vocabulary: then its author knows what is there."""
    prefix = f"{{{RS}}}"
    for element in root.iter(etree.Element):
        if str(element.tag).startswith(prefix) or any(
            str(name).startswith(prefix) for name in element.attrib
        ):
            return True
    return False
