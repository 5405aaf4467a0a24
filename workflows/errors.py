"""Every refusal the product knows: one class each, its docstring is the message a person reads."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.engine.specification import Problem


class Refusal(Exception):
    """The request was refused."""

    def __init__(self, **params: object) -> None:
        """Keep the parameters that the message names as `%(name)s`."""
        self.params = params
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The untranslated message with its parameters filled in."""
        template = (type(self).__doc__ or "").strip()
        return template % self.params if self.params else template


# Engine


class StepNotOpen(Refusal):
    """This step is not open any more."""


class ExpressionRefused(Refusal):
    """The expression "%(expression)s" was refused: %(reason)s"""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(expression=expression[:200], reason=reason)


class DiagramRefused(Refusal):
    """The diagram cannot be published: %(count)s problems were found."""

    def __init__(self, problems: Sequence["Problem"]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))


class InstanceStuck(Refusal):
    """The process cannot go on at "%(element)s": %(reason)s"""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(element=element, reason=reason)


class StateUnreadable(Refusal):
    """The stored state of this process cannot be read: %(reason)s"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
