"""Rehearsals: procedures played on a private copy of the whole product, for tests, scenarios and the command line."""

from workflows.rehearsal.cast import ANYBODY, Cast
from workflows.rehearsal.rehearsal import OpenTask, Rehearsal, RunState

__all__ = ["ANYBODY", "Cast", "OpenTask", "Rehearsal", "RunState"]
