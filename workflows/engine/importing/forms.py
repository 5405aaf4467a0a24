"""Forms of other tools: their fields become fields of ours; a form that lies elsewhere is only named."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.diagram.drawing import child_of
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.vendors import FAMILY, ZEEBE, attribute, extra, extras
from workflows.engine.language.vocabulary import BPMN, RS

KINDS = {
    "string": "text", "text": "text", "long": "number", "integer": "number", "int": "number", "double": "number",
    "number": "number", "float": "number", "date": "date", "datetime": "date", "boolean": "checkbox",
    "enum": "select", "dropdown": "select", "radio-buttons": "radio", "multi-line-text": "textarea",
    "people": "person", "upload": "file",
}  # fmt: skip
BEGINS = ("defaultValue", "default", "expression")
ELSEWHERE = ("formKey", "formRef", "formHandlerClass")
Plain = tuple[str, dict[str, str], list[tuple[str, str]]]  # type there, attributes, options with their labels


def take_form(task: etree._Element, book: Notebook) -> None:
    """Give a user task the fields its file describes, unless it has fields of ours."""
    holder = child_of(task, "extensionElements")
    own = holder is not None and next(holder.iter(f"{{{RS}}}field"), None) is not None
    found = [] if own else [_field(field) for field in _fields(task) if _is_asked(task, field, book)]
    if holder is not None and found:
        form = etree.SubElement(holder, f"{{{RS}}}form")
        for kind, attributes, options in found:
            if kind and kind not in KINDS:
                book.say(task, "field_kind", name=attributes["label"], kind=kind)
            field = etree.SubElement(form, f"{{{RS}}}field", attributes)
            for key, label in options:
                etree.SubElement(field, f"{{{RS}}}option", key=key, label=label)
        book.did(task, "took_fields", count=len(found))
    if (name := _elsewhere(task)) is not None and not own:
        book.say(task, "form_elsewhere", name=name)


def take_start_form(start: etree._Element, book: Notebook) -> tuple[str, ...]:
    """Give the keys of the fields that another tool asks for when a run is started."""
    keys = tuple(field.get("id", "") for field in _fields(start) if not _only_shown(field))
    book.asked.update(keys)
    if keys:
        book.say(start, "took_start_fields", name=", ".join(keys))
    return keys


def _fields(element: etree._Element) -> Iterator[etree._Element]:
    for data in extras(element, "formData", FAMILY):
        for space in FAMILY:
            yield from data.iterchildren(f"{{{space}}}formField")
    yield from extras(element, "formProperty", FAMILY)


def _is_asked(task: etree._Element, field: etree._Element, book: Notebook) -> bool:
    """Tell what a field shows there before anybody fills it in, for here every field begins empty."""
    key, label = field.get("id", ""), _label(field)
    if _only_shown(field):
        book.say(task, "field_shown", name=label)
        return False
    if begins := next((text for name in BEGINS if (text := field.get(name))), None):
        book.say(task, "field_default", name=label, text=begins)
    for bound in _bounds(field):
        book.say(task, "field_constraint", name=label, text=bound)
    if key in book.asked:
        book.say(task, "field_again", name=label)
    book.asked.add(key)
    return True


def _only_shown(field: etree._Element) -> bool:
    return field.get("writable") == "false" or _constrained(field, "readonly")


def _bounds(field: etree._Element) -> Iterator[str]:
    """Each constraint beyond whether a field is filled in, or only shown, as `min 10`."""
    for one in field.iter(f"{{{etree.QName(field).namespace}}}constraint"):
        if (name := one.get("name", "")) not in ("", "required", "readonly"):
            yield f"{name} {one.get('config', '')}".strip()


def _constrained(field: etree._Element, name: str) -> bool:
    constraints = field.iter(f"{{{etree.QName(field).namespace}}}constraint")
    return any(one.get("name") == name and one.get("config", "true") != "false" for one in constraints)


def _label(field: etree._Element) -> str:
    key: str = field.get("id", "")
    return field.get("label") or field.get("name") or key


def _field(field: etree._Element) -> Plain:
    key, kind = field.get("id", ""), (field.get("type") or "string").lower()
    ours = KINDS.get(kind, "text")
    values = field.iter(f"{{{etree.QName(field).namespace}}}value")
    options = [(value.get("id", ""), value.get("name") or value.get("id") or "") for value in values]
    if ours in ("select", "radio") and not options:
        ours = "text"
    attributes = {"key": key, "type": ours, "label": _label(field)}
    required = field.get("required") == "true" or _constrained(field, "required")
    # There a required box may stay empty, here it must be ticked.
    if required and ours != "checkbox":
        attributes["required"] = "true"
    return kind, attributes, options if ours in ("select", "radio") else []


def _elsewhere(task: etree._Element) -> str | None:
    for name in ELSEWHERE:
        if (text := attribute(task, name)) is not None:
            return text
    definition = extra(task, "formDefinition", (ZEEBE, *FAMILY))
    if definition is not None:
        return next((str(text) for text in definition.attrib.values() if text), None)
    rendering = next(task.iterchildren(f"{{{BPMN}}}rendering"), None)
    return rendering.get("id", "rendering") if rendering is not None else None
