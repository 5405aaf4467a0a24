"""Splits an expression of another tool (JUEL, FEEL) into words, without giving them a meaning."""

import re
from dataclasses import dataclass
from typing import Literal

from workflows.engine.language.expressions import MAX_SOURCE
from workflows.engine.language.reasons import N_, Reason

MAX_WORDS = 250  # more than the number of nodes an expression of ours may have says nothing we could take
_WORDS = re.compile(
    r"""\s*(?:
    (?P<number>\d{1,30}(?:\.\d{1,30})?(?!\w|\.\d))
    |(?P<name>[^\W\d][\w$]*)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<sign>\*\*|\.\.|\|\||&&|==|!=|<=|>=|[-+*/%<>=!?:.,;()\[\]{}])
    )""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# What a backslash and a letter stand for; before anything else it stands for that sign.
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it stands; a text is given without its quotes."""

    kind: Literal["number", "name", "text", "sign", "end"]
    text: str
    quote: str = ""


class UntranslatableError(Exception):
    """Why an expression of another tool cannot be said in ours; the first argument is a `Reason`."""

    def __init__(self, msgid: str, **params: object) -> None:
        super().__init__(Reason(msgid, **params))

    @property
    def reason(self) -> Reason:
        """Give the reason to put into words."""
        reason: Reason = self.args[0]
        return reason


def words_of(source: str) -> list[Word]:
    """Split an expression; refuses signs that neither language knows and texts that are too long."""
    if len(source) > MAX_SOURCE:
        raise UntranslatableError(N_("expression too long"))
    found: list[Word] = []
    place, source = 0, source.rstrip()
    while place < len(source):
        if len(found) > MAX_WORDS:
            raise UntranslatableError(N_("expression too complex"))
        match = _WORDS.match(source, place)
        if match is None:
            sign = source[place:].strip()[:1]
            raise UntranslatableError(N_("the sign %(text)s cannot be translated"), text=sign)
        place = match.end()
        if (number := match["number"]) is not None:
            found.append(Word("number", number))
        elif (name := match["name"]) is not None:
            found.append(Word("name", name))
        elif (text := match["text"]) is not None:
            plain = _ESCAPED.sub(lambda escape: _CONTROLS.get(escape[1], escape[1]), text[1:-1])
            found.append(Word("text", plain, text[0]))
        else:
            found.append(Word("sign", match["sign"]))
    return [*found, Word("end", "")]


def feel_names(source: str) -> list[str] | None:
    """Give what a text or a list of FEEL names, variables and paths each as an expression; None for anything else."""
    try:
        *words, _ = words_of(source)
    except UntranslatableError:
        return None
    if len(words) == 1 and words[0].quote == '"':
        return [words[0].text]
    if len(words) < 2 or (words[0], words[-1]) != (Word("sign", "["), Word("sign", "]")):
        return None
    parts: list[list[Word]] = [[]]
    for word in words[1:-1]:
        if word == Word("sign", ","):
            parts.append([])
        else:
            parts[-1].append(word)
    if parts == [[]]:
        return []
    named = [_name_of(part) for part in parts]
    return [name for name in named if name is not None] if None not in named else None


def _name_of(words: list[Word]) -> str | None:
    if len(words) == 1 and words[0].quote == '"':
        return words[0].text
    path = len(words) % 2 == 1 and all(
        word.kind == "name" if place % 2 == 0 else word == Word("sign", ".")
        for place, word in enumerate(words)
    )
    return "=" + "".join(word.text for word in words) if path else None
