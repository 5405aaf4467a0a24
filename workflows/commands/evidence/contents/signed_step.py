"""A signature under a step that makes no minutes: the task, its form and its subject."""

from typing import Any

from workflows.commands.evidence.contents.ground import Ground
from workflows.commands.work.answers import outcomes_of

KIND = "signed_step"


def build(ground: Ground) -> dict[str, Any]:
    """Build what somebody signs who answers a step that no minutes belong to."""
    step, task = ground.step, ground.task
    return {
        "unit": ground.unit.name,
        "dated_on": ground.on.isoformat(),
        "campaign": ground.campaign.title if ground.campaign else "",
        "procedure": ground.specification.name,
        "step": step.name,
        "about": step.documentation,
        "subject_kind": str(task.subject_kind),
        "subject": task.subject_name,
        "fields": [field.label for field in step.fields],
        "outcomes": [outcome.label for outcome in outcomes_of(step)],
    }
