"""What a signer answered on the form, in words: kept beside the signature, readable without the diagram (C7, C9)."""

from collections.abc import Mapping
from typing import Any

from workflows.commands.evidence.contents.ground import Ground
from workflows.commands.evidence.contents.parties import name_of
from workflows.engine import Field
from workflows.policy.field_values import as_date


def said(ground: Ground, answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give label and value of each field that was answered, the outcome last."""
    answered = [
        (field.label, _written(ground, field, answer[field.key]))
        for field in ground.step.fields
        if answer.get(field.key) not in (None, "", False)
    ]
    chosen = [one.label for one in ground.step.outcomes if one.key == answer.get("outcome")]
    return [*answered, *(("Kết quả", label) for label in chosen)]


def _written(ground: Ground, field: Field, value: Any) -> str:
    if value is True:
        return "Có"
    if field.type == "person":
        return name_of(ground, value)
    day = as_date(str(value)) if field.type == "date" else None
    if day is not None:
        return f"{day:%d/%m/%Y}"
    return next((option.label for option in field.options if option.key == value), str(value))
