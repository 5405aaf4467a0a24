"""A scenario did not go as it is written."""


class NotAsWritten(Exception):
    """Says what was written and what came instead."""
