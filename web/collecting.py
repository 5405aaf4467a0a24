"""Spares the garbage collector what a process keeps for good."""

import gc


def keep_what_is_there() -> None:
    """Count everything that exists now as kept: each full round would walk half a million objects in vain.

    For a process that has started and is about to work; opening a step for 100,000 children takes half the time.
    """
    gc.collect()
    gc.freeze()
