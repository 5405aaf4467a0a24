"""What a rehearsal refuses beyond what the product itself refuses."""

from workflows.errors import Refusal


class RehearsalEndless(Refusal):
    """Time does not get on: more than %(count)s alarms rang on the way. Does a timer repeat without end?"""


class NobodyThere(Refusal):
    """Nobody in this rehearsal can do "%(step)s". Those who may: %(people)s."""


class NotOneTask(Refusal):
    """There is not exactly one open task "%(step)s"; open are: %(open)s."""


class NothingStarted(Refusal):
    """Nothing has been started in this rehearsal yet."""


class SubjectNotThere(Refusal):
    """ "%(about)s" is neither a unit, nor a class, nor a class with a subject, nor one of the staff."""


class NothingRuns(Refusal):
    """No run of "%(call)s" is under way."""


class NobodyAdministers(Refusal):
    """A rehearsal needs a department with an administrator, who publishes the diagrams."""


class ScenarioWrong(Refusal):
    """The scenario is not as it should be: %(where)s: %(problem)s"""


class DiagramMissing(ScenarioWrong):
    """The scenario is not as it should be: %(where)s: %(problem)s"""

    def __init__(self, file: object, key: str) -> None:
        self.key = key
        super().__init__(where=f"{file}", problem=f'there is no diagram of the procedure "{key}" beside it')

    @property
    def remedy(self) -> str:
        """What to do about it; told once, however many scenarios need the diagram."""
        return f'put the .bpmn file whose process has the id "{self.key}" into its folder, or correct "procedure"'
