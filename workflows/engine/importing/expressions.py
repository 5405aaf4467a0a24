"""Conditions, times and other expressions of another tool, said in ours or refused with the element named."""

import ast
import re
from collections.abc import Mapping
from datetime import datetime

from lxml import etree

from workflows.engine.diagram.drawing import child_of, local, text_of
from workflows.engine.importing.notes import Notebook
from workflows.engine.importing.tokens import UntranslatableError
from workflows.engine.importing.translation import STANDARD_COUNTERS, feel, is_foreign, juel, translated
from workflows.engine.importing.vendors import attribute
from workflows.engine.language.expressions import compiled
from workflows.engine.language.instants import MAX_CYCLES
from workflows.engine.language.vocabulary import BPMN
from workflows.errors import ExpressionRefused

TIMES = ("timeDate", "timeDuration", "timeCycle")
OWN_LANGUAGES = ("", "python", "rasoat", "juel", "xpath", "http://www.w3.org/1999/xpath")
CRON = re.compile(r"(?:[\d*?/,\-]+\s+){3}(?:[\d*?/,\-LW#A-Za-z]+\s*){2,4}")
CYCLE_WITH_END = re.compile(r"R\d*/P[^/]+/([^/]+)")
LOCAL_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?")


class Translator:
    """Translates the expressions of one file; knows by which name whoever starts a run goes there."""

    def __init__(
        self,
        book: Notebook,
        names: dict[str, str],
        things: Mapping[str, str],
        undrawn: frozenset[str] = frozenset(),
        *,
        everywhere: bool = False,
    ) -> None:
        self.book = book
        self.names = names
        self.things = things  # names of data objects, inputs and resources by their identifiers
        self.undrawn = undrawn  # what only outcomes drawn in our words set, as long as the file draws none
        self.everywhere = everywhere  # whether expressions that nothing marks are of another tool too

    def take(
        self,
        element: etree._Element,
        text: str,
        *,
        decides: bool = False,
        refusal: str = "expression_foreign",
    ) -> str | None:
        """Give a marked expression in our language; None when it was refused, with the reason noted."""
        try:
            said = translated(text, decides=decides, names=self.names)
        except UntranslatableError as error:
            self.book.say(element, refusal, text=text, detail=error.reason)
            return None
        if self.asks_for_outcomes(element, text, said):
            return None
        self.book.taken.append((element, said))
        return said

    def asks_for_outcomes(self, element: etree._Element, text: str, said: str) -> bool:
        """Refuse what asks for outcomes in a file that draws none: there it is a variable of its own."""
        names = sorted(compiled(said).variables & self.undrawn)
        for name in names:
            self.book.say(element, "outcomes_undrawn", text=text, name=name)
        return bool(names)

    def without_note(self, text: str) -> str | None:
        """Give a marked expression in our language, None when it cannot be said."""
        try:
            return translated(text, names=self.names)
        except UntranslatableError:
            return None

    def replace(
        self, owner: etree._Element, holder: etree._Element, *, decides: bool = False, dated: bool = False
    ) -> None:
        """Translate the text of an element of `owner` in its place, when it is marked as of another tool.

        With `dated` it gives a date.
        """
        text = (holder.text or "").strip()
        if is_foreign(text):
            said = self.take(owner, text, decides=decides)
            if said is not None:
                holder.text = as_date(said) if dated else said
                self.book.did(owner, "took_expression", text=text, ours=holder.text)
        elif (said := _counters_renamed(text)) is not None:
            holder.text = said
            self.book.did(owner, "took_expression", text=text, ours=said)

    def condition(self, flow: etree._Element) -> None:
        """Translate the condition of a flow, also one that nothing marks as an expression."""
        holder = child_of(flow, "conditionExpression")
        text = text_of(holder)
        if holder is None:
            return
        if (resource := _resource_of(holder)) is not None:
            self.book.say(flow, "condition_outside", name=resource)
            return
        if text is None:
            return
        language = (holder.get("language") or "").strip().lower()
        if "feel" in language and not text.startswith("="):
            text = holder.text = f"={text}"
            del holder.attrib["language"]  # it is another one after the translation
        elif language.rstrip("/") not in OWN_LANGUAGES and "feel" not in language and not is_foreign(text):
            self.book.say(flow, "condition_language", kind=holder.get("language"))
            return
        if is_foreign(text):
            self.replace(flow, holder, decides=True)
        elif not _understood(text):
            self._guessed(flow, holder, text)
        elif self.everywhere:
            self.asks_for_outcomes(flow, text, text)

    def _guessed(self, flow: etree._Element, holder: etree._Element, text: str) -> None:
        for read in (juel, feel):
            try:
                said = read(text, decides=True, names=self.names)
            except UntranslatableError:
                continue
            if self.asks_for_outcomes(flow, text, said):
                return
            holder.text = said
            self.book.taken.append((flow, said))
            self.book.did(flow, "took_language_less", text=text, ours=said)
            return

    def timer(self, event: etree._Element, definition: etree._Element) -> None:
        """Translate the time of an event; what is no literal of ISO 8601 stays for the rules to judge."""
        for holder in (found for name in TIMES if (found := child_of(definition, name)) is not None):
            text = (holder.text or "").strip()
            if (end := _end_of(holder, text)) is not None:
                self.book.say(event, "timer_end", text=end)
            elif LOCAL_INSTANT.fullmatch(text):
                self._local_time(event, holder, text)
            elif re.fullmatch(r"R-?\d*/.*", text) and not re.match(r"R\d+/", text):
                holder.text = f"R{MAX_CYCLES}/{text.split('/', 1)[1]}"
                self.book.did(event, "cycle_bounded", most=MAX_CYCLES)
            elif CRON.fullmatch(text):
                self.book.say(event, "timer_cron", text=text)
            else:
                self.replace(event, holder, dated=local(holder) == "timeDate")

    def _local_time(self, event: etree._Element, holder: etree._Element, text: str) -> None:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return  # the rules say why it is no date
        holder.text = f"instant({text!r})"
        self.book.did(event, "took_local_time", text=text)


def _end_of(holder: etree._Element, text: str) -> str | None:
    """Give until when a timer repeats, as Activiti and Flowable have it beside the repetition or behind it."""
    behind = CYCLE_WITH_END.fullmatch(text)
    return attribute(holder, "endDate") or (behind[1] if behind else None)


def as_date(said: str) -> str:
    """Read an instant, or the text of one as date fields hold it; without a zone it is local time."""
    return ast.unparse(ast.parse(f"instant(str({said})) if ({said}) else None", mode="eval"))


def take_expressions(process: etree._Element, translator: Translator) -> None:
    """Translate conditions and timers of a process, and the scripts' neighbours: cardinality and completion."""
    for element in process.iter(f"{{{BPMN}}}*"):
        match local(element):
            case "sequenceFlow":
                translator.condition(element)
            case "timerEventDefinition" if (event := element.getparent()) is not None:
                translator.timer(event, element)
            case "standardLoopCharacteristics" if (activity := element.getparent()) is not None:
                if (holder := child_of(element, "loopCondition")) is not None:
                    translator.replace(activity, holder, decides=True)
            case "multiInstanceLoopCharacteristics" if (activity := element.getparent()) is not None:
                for name, decides in (("loopCardinality", False), ("completionCondition", True)):
                    if (holder := child_of(element, name)) is not None:
                        translator.replace(activity, holder, decides=decides)


def _resource_of(holder: etree._Element) -> str | None:
    """Give the file in which a condition lies, whichever tool names it."""
    found = (text for name, text in holder.attrib.items() if etree.QName(str(name)).localname == "resource")
    return next((str(text) for text in found), None)


def _understood(text: str) -> bool:
    try:
        expression = compiled(text)
    except ExpressionRefused:
        return False
    return not expression.variables & {"true", "false", "null", "empty"}


def _counters_renamed(text: str) -> str | None:
    """Give an expression with the standard's counters under our names, None when it has none of them."""
    if not any(name in text for name in STANDARD_COUNTERS):
        return None
    try:
        compiled(text)
        tree = ast.parse(text.strip(), mode="eval")
    except (ExpressionRefused, SyntaxError, ValueError):
        return None  # the rules say what is wrong with it
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = STANDARD_COUNTERS.get(node.id, node.id)
    said = ast.unparse(tree)
    return said if said != text else None
