"""What failed, in two texts: one for programmers, and in its place a sentence for whoever looks into it."""

from workflows.engine import Reason
from workflows.errors import InstanceStuck, Refusal


def N_(text: str) -> str:
    return text


def failure_of(error: Exception) -> Reason:
    """Give the text of an exception, with the sentence that people read in its place."""
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, InstanceStuck):
        reason = error.params["reason"]
        if isinstance(reason, Reason):
            return Reason.behind(text, reason.msgid, **reason.params)
    if isinstance(error, Refusal) and type(error) is not InstanceStuck:
        return Reason.behind(text, (type(error).__doc__ or "").strip(), **error.params)
    return Reason.behind(text, N_("a fault in the program itself stopped it"))
