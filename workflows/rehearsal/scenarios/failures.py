"""A scenario did not go as it is written: what was written, and what came instead."""

from workflows.errors import Refusal


class NotAsWritten(Refusal):
    """It did not go as it is written."""


class AlsoOpen(NotAsWritten):
    """also open: %(tasks)s"""


class StepOpen(NotAsWritten):
    """%(step)s is open"""


class NotOpen(NotAsWritten):
    """not open: "%(wanted)s"; open: %(open)s"""


class Reminded(NotAsWritten):
    """reminded since the last look: %(heard)s"""


class Escalated(NotAsWritten):
    """escalated since the last look: %(heard)s"""


class NotReminded(NotAsWritten):
    """not reminded: "%(wanted)s"; reminded since the last look: %(heard)s"""


class NotEscalated(NotAsWritten):
    """not escalated: "%(wanted)s"; escalated since the last look: %(heard)s"""


class InAnotherState(NotAsWritten):
    """it is %(state)s, not %(wanted)s"""


class StuckInstead(NotAsWritten):
    """it is %(state)s (%(causes)s), not %(wanted)s"""


class AnotherResult(NotAsWritten):
    """the result is %(found)s, not %(wanted)s"""


class AnotherValue(NotAsWritten):
    """%(name)s is %(found)s, not %(wanted)s"""


class DeadlinesMissing(NotAsWritten):
    """ "deadlines" are missing under "given" """


class MayNot(NotAsWritten):
    """%(who)s may not: %(why)s"""

    def __init__(self, who: str, why: Refusal | str) -> None:
        """Keep why it was refused, to be said in the reader's language."""
        self.who, self.why = who, why
        super().__init__(who=who, why=why)


class NotRefused(NotAsWritten):
    """%(who)s should have been refused at %(step)s, and was not"""


class LaterAlready(NotAsWritten):
    """it is later than that already: %(now)s"""


class NobodyWaits(NotAsWritten):
    """nobody waits for the message "%(name)s" """


class NotStaff(NotAsWritten):
    """%(who)s is not among the staff of a unit"""


class StepNotThere(NotAsWritten):
    """%(step)s is not open; open: %(open)s"""


class OpenSeveralTimes(NotAsWritten):
    """%(step)s is open %(count)s times (%(subjects)s): say "%(step)s of …" """


class NobodyIsHead(NotAsWritten):
    """nobody is head of %(unit)s"""


class BrokeOff(NotAsWritten):
    """This broke off (%(error)s): report it with the scenario and the diagram."""

    def __init__(self, error: Exception) -> None:
        """Keep in one line what was raised."""
        super().__init__(error=" ".join(f"{type(error).__name__}: {error}".split()))
