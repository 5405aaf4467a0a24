"""A page as somebody without scripts has it before them: read it, fill in its fields, press its buttons.

Nothing is sent that the page does not show: hidden fields, names and addresses all come from its HTML. What is typed
stays on the page, so pressing the same button twice sends the same form twice, as an impatient hand does.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from lxml.html import HtmlElement, document_fromstring
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

BUTTONS = 'self::button or self::input[@type="submit"]'
CONTROLS = "self::input or self::select or self::textarea"
# What a label says beside its own words: the mark of a field that is needed.
MARKS = ("(bắt buộc)", "*")
Fields = MultiDict[str, Any]


class Page:
    """One answer of the application."""

    def __init__(self, response: TestResponse, address: str, go: Callable[..., "Page"]) -> None:
        self.status = response.status_code
        self.address = address
        self.response = response
        self._go = go
        self._files: dict[str, FileStorage] = {}
        text = response.text if response.mimetype == "text/html" else ""
        self.root: HtmlElement = document_fromstring(text or "<html><body></body></html>")

    # Reading

    @property
    def text(self) -> str:
        """What stands in the middle of the page, without the frame round it."""
        return words_of(next(iter(self.root.xpath('//main[@id="main"]')), self.root))

    @property
    def title(self) -> str:
        """The heading of the page."""
        return words_of(self.root.xpath("//h1")[0])

    @property
    def alert(self) -> str:
        """What the page says about a refusal."""
        return " ".join(words_of(one) for one in self.root.xpath('//main//*[@role="alert"]'))

    @property
    def buttons(self) -> list[str]:
        """What can be pressed in the middle of the page."""
        return [words_of(one) for one in self.root.xpath(f"//main//*[{BUTTONS}]")]

    @property
    def links(self) -> list[str]:
        """The addresses of the page, frame and middle."""
        return [str(one) for one in self.root.xpath("//a/@href") if not str(one).startswith("#")]

    def has(self, *texts: str) -> bool:
        """Tell whether the page says all of it."""
        return all(text in self.text for text in texts)

    def value(self, label: str) -> str:
        """Give what stands in a field."""
        control = self.control(label)
        if control.tag == "select":
            return words_of(control.xpath("./option[@selected]")[0])
        return str(control.text or "") if control.tag == "textarea" else str(control.get("value", ""))

    def part(self, xpath: str) -> HtmlElement:
        """Give the one element of an expression."""
        found = self.root.xpath(xpath)
        assert len(found) == 1, (xpath, len(found), self)
        return found[0]

    # Acting

    def follow(self, text: str) -> "Page":
        """Follow the first link in the middle of the page that says this."""
        found = [one for one in self.root.xpath("//main//a[@href]") if text in words_of(one)]
        assert found, (f"There is no link {text!r}", self)
        return self._go(self.absolute(found[0].get("href")), came_from=self.address)

    def fill(self, label: str, value: str) -> "Page":
        """Type into a field, or choose what an option says."""
        control = self.control(label)
        if control.tag == "select":
            chosen = [one for one in control.xpath(".//option") if words_of(one) == value]
            assert chosen, (value, [words_of(one) for one in control.xpath(".//option")])
            for option in control.xpath(".//option"):
                option.attrib.pop("selected", None)
            chosen[0].set("selected", "selected")
        elif control.tag == "textarea":
            control.text = value
        else:
            control.set("value", value)
        return self

    def tick(self, label: str) -> "Page":
        """Tick a box."""
        self.control(label).set("checked", "checked")
        return self

    def choose_file(self, label: str, name: str, content: bytes) -> "Page":
        """Choose a file of this computer."""
        self._files[str(self.control(label).get("name"))] = FileStorage(BytesIO(content), name)
        return self

    def press(self, text: str, *, because: str | None = None) -> "Page":
        """Press a button; `because` is typed into the reason that opens with it."""
        button = self.button(text)
        if because is not None:
            reasons = button.xpath("ancestor::details[1]//textarea | ancestor::fieldset[1]//input")
            reason = reasons[0]
            if reason.tag == "textarea":
                reason.text = because
            else:
                reason.set("value", because)
        form = self._form_of(button)
        address = button.get("formaction") or form.get("action") or self.address
        fields = self._fields(form, button)
        if form.get("method", "get").lower() == "get":
            return self._go(f"{self.absolute(address)}?{_query(fields)}", came_from=self.address)
        kind = form.get("enctype", "application/x-www-form-urlencoded")
        return self._go(self.absolute(address), came_from=self.address, fields=fields, kind=kind)

    # Finding

    def button(self, text: str) -> HtmlElement:
        """Give the one button that says this; what only screen readers hear counts too."""
        found = [one for one in self.root.xpath(f"//body//*[{BUTTONS}]") if words_of(one) == text]
        found = found or [
            one for one in self.root.xpath(f"//body//*[{BUTTONS}]") if words_of(one).startswith(text)
        ]
        assert len(found) == 1, (f"{len(found)} buttons {text!r}", self.buttons, self)
        return found[0]

    def control(self, label: str) -> HtmlElement:
        """Give the one field that has this label."""
        found = [one for one, name in self._labelled() if name == label]
        found = found or [one for one, name in self._labelled() if name.startswith(label)]
        assert len(found) == 1, (
            f"{len(found)} fields {label!r}",
            [name for _, name in self._labelled()],
            self,
        )
        return found[0]

    def absolute(self, address: str) -> str:
        """Give an address of this page as the browser asks for it: without the host, without the fragment."""
        address = address.partition("#")[0]
        if address.startswith("?"):
            return self.address.partition("?")[0] + address
        return address or self.address

    def _labelled(self) -> Iterator[tuple[HtmlElement, str]]:
        for control in self.root.xpath(f"//body//*[{CONTROLS}]"):
            if control.get("type") == "hidden":
                continue
            labels = [control.get("aria-label")] if control.get("aria-label") else []
            if not labels and control.get("id"):
                labels = [words_of(one) for one in self.root.xpath(f'//label[@for="{control.get("id")}"]')]
            labels = labels or [words_of(one) for one in control.xpath("ancestor::label[1]")]
            for label in labels:
                for mark in MARKS:
                    label = label.replace(mark, "")
                yield control, " ".join(label.split())

    def _form_of(self, control: HtmlElement) -> HtmlElement:
        if control.get("form"):
            return self.part(f'//form[@id="{control.get("form")}"]')
        return control.xpath("ancestor::form[1]")[0]

    def _fields(self, form: HtmlElement, pressed: HtmlElement) -> Fields:
        """Gather what a browser would send: the form's own controls and those that name it, the pressed button too."""
        fields: Fields = MultiDict()
        for control in self.root.xpath(f"//body//*[{CONTROLS}]"):
            name, kind = control.get("name"), control.get("type", "")
            named = control.get("form")
            owned = named == form.get("id") if named else form in control.iterancestors("form")
            if not name or not owned or control.get("disabled") is not None or kind in ("submit", "button"):
                continue
            if kind in ("checkbox", "radio"):
                if control.get("checked") is not None:
                    fields.add(name, control.get("value", "on"))
            elif kind == "file":
                fields.add(name, self._files.get(name) or FileStorage(BytesIO(), ""))
            elif control.tag == "select":
                fields.add(name, _chosen(control))
            else:
                fields.add(
                    name, (control.text or "") if control.tag == "textarea" else control.get("value", "")
                )
        if pressed.get("name"):
            fields.add(pressed.get("name"), pressed.get("value", ""))
        return fields

    def __repr__(self) -> str:
        return f"<{self.address} {self.status}: {self.text[:900]}>"


def words_of(element: HtmlElement) -> str:
    """Give the text of an element in one line."""
    return " ".join(element.text_content().split())


def _chosen(select: HtmlElement) -> str:
    option = next(iter(select.xpath(".//option[@selected]")), None)
    if option is None:
        option = next(iter(select.xpath(".//option")), None)
    if option is None:
        return ""
    return str(option.get("value", words_of(option)))


def _query(fields: Fields) -> str:
    return urlencode(list(fields.items(multi=True)))
