"""A business rule task: makes a decision by the tables that were published with its version."""

from typing import Any

from workflows.engine.decisions.deciding import Shape, UndecidedError, decide
from workflows.engine.decisions.table import Book
from workflows.engine.language.expressions import MAX_WORK, Scope
from workflows.engine.running.parts import Part
from workflows.engine.running.tokens import Instance, Token
from workflows.errors import InstanceStuck


class Deciding(Part):
    """Stores what a decision gives under a variable; refuses what its tables leave open."""

    def __init__(self, process: Any, name: str, element_id: str, book: Book, key: str) -> None:
        super().__init__(process, name, element_id)
        self.book = book
        self.key = key
        self.shape: Shape = ""
        self.output: str | None = None

    def _run_hook(self, token: Token) -> bool | None:
        top: Instance = token.workflow.top_workflow
        scope = Scope(token.data, top.around.names, top.around.now, top.plan.variables)
        try:
            value = decide(self.book, self.key, scope).shaped(self.shape)
        except UndecidedError as error:
            raise InstanceStuck(self.bpmn_id, error.reason) from error
        top.spend(MAX_WORK - scope.work, self.key)
        if self.output is not None:
            token.set_values({self.output: value})
        return super()._run_hook(token)
