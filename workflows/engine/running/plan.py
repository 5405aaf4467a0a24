"""A published version as it runs: what compiling makes of a drawing, and what instances refer to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.specification import Specification


@dataclass(frozen=True, slots=True)
class Plan:
    """A published version, ready to run. Shared between threads: nothing in it changes after compiling."""

    specification: Specification
    process: Any
    inner: Mapping[str, Any]
    variables: frozenset[str]
    unset: Mapping[str, None]
