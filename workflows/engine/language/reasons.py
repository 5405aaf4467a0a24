"""Why something was refused: English text that knows its msgid and parameters, so that the web can translate it."""

from collections.abc import Mapping


def N_(text: str) -> str:
    """Mark a text for the catalogue of translations."""
    return text


class Reason(str):
    """The filled-in text, with what it was made of."""

    msgid: str
    params: Mapping[str, str]

    def __new__(cls, msgid: str, /, **params: object) -> "Reason":
        """Fill in a marked text; a parameter may be a reason itself."""
        plain = {
            name: value if isinstance(value, Reason) else str(value)[:200] for name, value in params.items()
        }
        return cls._made(msgid % plain if plain else msgid, msgid, plain)

    @classmethod
    def behind(cls, text: str, msgid: str, /, **params: object) -> "Reason":
        """Keep a text for programmers, in whose place people read the marked one."""
        said = cls(msgid, **params)
        return cls._made(text, said.msgid, said.params)

    @classmethod
    def _made(cls, text: str, msgid: str, params: Mapping[str, str]) -> "Reason":
        made = super().__new__(cls, text)
        made.msgid, made.params = msgid, params
        return made

    def as_plain(self) -> dict[str, object]:
        """Give what crosses from process to process and is kept with a draft or an incident."""
        params = {
            name: value.as_plain() if isinstance(value, Reason) else value
            for name, value in self.params.items()
        }
        return {"msgid": self.msgid, "params": params}


def reason_of(error: Exception) -> Reason:
    """Give the reason an exception was raised with; Python's own exceptions speak to programmers only."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Reason) else Reason(N_("it has no usable value"))
