"""Why something was refused: English text that knows its msgid and parameters, so that the web can translate it."""

from collections.abc import Mapping


def N_(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


class Reason(str):
    """The filled-in text, with what it was made of."""

    msgid: str
    params: Mapping[str, str]

    def __new__(cls, msgid: str, **params: object) -> "Reason":
        """Fill in a marked text."""
        plain = {name: str(value)[:200] for name, value in params.items()}
        made = super().__new__(cls, msgid % plain if plain else msgid)
        made.msgid, made.params = msgid, plain
        return made

    def as_plain(self) -> dict[str, object]:
        """Give what crosses from process to process and is kept with a draft."""
        return {"msgid": self.msgid, "params": dict(self.params)}


def reason_of(error: Exception) -> Reason:
    """Give the reason an exception was raised with; Python's own exceptions speak to programmers only."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Reason) else Reason(N_("it has no usable value"))
