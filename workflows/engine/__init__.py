"""The wall round SpiffWorkflow: plain values in, `Snapshot` out."""

from workflows.engine.check import check
from workflows.engine.language.days import day_of
from workflows.engine.language.expressions import UNSET
from workflows.engine.language.reasons import Reason
from workflows.engine.process_engine import ProcessEngine
from workflows.engine.running.operating import OpenToken
from workflows.engine.snapshot import (
    Awaited,
    CarriedOver,
    ChildItem,
    DueTimer,
    Ended,
    Escaped,
    NewGroup,
    OpenStep,
    Snapshot,
    Surroundings,
    Thrown,
    Waiting,
    correlation_key,
)
from workflows.engine.specification import (
    Call,
    Field,
    Guidance,
    Option,
    Outcome,
    Problem,
    Published,
    Rung,
    Specification,
    Step,
)

__all__ = [
    "UNSET",
    "Awaited",
    "Call",
    "CarriedOver",
    "ChildItem",
    "DueTimer",
    "Ended",
    "Escaped",
    "Field",
    "Guidance",
    "NewGroup",
    "OpenStep",
    "OpenToken",
    "Option",
    "Outcome",
    "Problem",
    "ProcessEngine",
    "Published",
    "Reason",
    "Rung",
    "Snapshot",
    "Specification",
    "Step",
    "Surroundings",
    "Thrown",
    "Waiting",
    "check",
    "correlation_key",
    "day_of",
]
