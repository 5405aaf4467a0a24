"""What a rehearsal refuses beyond what the product itself refuses."""

from workflows.engine.language.reasons import Reason
from workflows.errors import Refusal


class RehearsalEndless(Refusal):
    """Time does not get on: more than %(count)s alarms rang on the way. Does a timer repeat without end?"""


class NobodyThere(Refusal):
    """Nobody in this rehearsal can do "%(step)s". Those who may: %(people)s."""


class NotOneTask(Refusal):
    """There is not exactly one open task "%(step)s"; open are: %(open)s."""


class TimeGoesOn(Refusal):
    """Time only goes on: it is %(now)s already."""


class TooFarAhead(Refusal):
    """Let less time pass at once: at most %(count)s working days or hours, and not beyond the year %(year)s."""


class NothingStarted(Refusal):
    """Nothing has been started in this rehearsal yet."""


class SubjectNotThere(Refusal):
    """ "%(about)s" is neither a unit, nor a class, nor a class with a subject, nor one of the staff."""


class NoSuchRun(Refusal):
    """There is no run %(run)s in this rehearsal: "start" gives the number of each run."""


class NameTaken(Refusal):
    """No run can be started with a variable called %(names)s: the product itself says what stands there."""


class NothingRuns(Refusal):
    """No run of "%(call)s" is under way."""


class NobodyAdministers(Refusal):
    """A rehearsal needs a department with an administrator, who publishes the diagrams."""


class FileUnreadable(Refusal):
    """%(file)s cannot be read: save it as XML in UTF-8, and see that it may be opened."""


class TableUnreadable(Refusal):
    """%(file)s is no decision table: "rasoat lint" says what is wrong with it; mend it, or take it away."""


class ScenarioWrong(Refusal):
    """The scenario is not as it should be: %(where)s: %(problem)s"""

    def __init__(self, where: str, problem: Reason) -> None:
        """Keep where it is and what, to be said in the reader's language."""
        self.where, self.problem = where, problem
        super().__init__(where=where, problem=problem)


class DiagramMissing(Refusal):
    """Beside %(file)s there is no diagram whose process has the id "%(key)s\""""


class DiagramMissingHere(DiagramMissing):
    """Beside %(file)s there is no diagram whose process has the id "%(key)s": put it there, or correct the key"""
