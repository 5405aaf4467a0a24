"""What forms of other tools show before anybody fills them in: here every field begins empty, and that is said."""

import pytest

from tests.engine.diagrams import Run, line
from tests.engine.foreign_files import extension, foreign, taken, task
from workflows.engine import ProcessEngine, check


def form(*fields: str) -> str:
    return extension(f"<camunda:formData>{''.join(fields)}</camunda:formData>")


def field(key: str, *constraints: str, kind: str = "long", **attributes: str) -> str:
    rules = "".join(f'<camunda:constraint name="{name}"/>' for name in constraints)
    more = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return (
        f'<camunda:formField id="{key}" label="{key.title()}" type="{kind}"{more}>'
        f"<camunda:validation>{rules}</camunda:validation></camunda:formField>"
    )


def keys(runs: bytes, step: str) -> list[str]:
    return [one.key for one in ProcessEngine(lambda _: runs).specification(1).steps[step].fields]


@pytest.mark.parametrize(
    "shown",
    [
        form(field("amount", "readonly"), field("ok", kind="boolean")),
        extension(
            '<camunda:formProperty id="amount" name="Amount" writable="false"/><camunda:formProperty id="ok"/>'
        ),
    ],
)
def test_field_that_only_shows_a_value_is_left_out_and_keeps_it(shown: str) -> None:
    said, runs = taken(
        line(("a", task("a", form(field("amount")))), ("b", task("b", shown)), ("c", task("c")))
    )

    assert (keys(runs, "a"), keys(runs, "b")) == (["amount"], ["ok"])
    assert (said["field_shown"].element_id, said["field_shown"].params) == ("b", {"name": "Amount"})
    assert "field_again" not in said
    assert Run(runs).complete("a", amount=5000).complete("b", ok=True).data("c")["amount"] == 5000


def test_form_that_only_shows_values_is_none() -> None:
    said, runs = taken(line(("a", task("a", form(field("amount", "readonly"))))))

    assert keys(runs, "a") == []
    assert "took_fields" not in said


@pytest.mark.parametrize("name", ["defaultValue", "default"])
def test_value_with_which_a_field_begins_there_is_named(name: str) -> None:
    said, _ = taken(line(("a", task("a", form(field("level", **{name: "normal"}))))))

    assert (said["field_default"].severity, said["field_default"].params) == (
        "warning",
        {"name": "Level", "text": "normal"},
    )


def test_field_that_is_asked_for_again_is_named_where_it_begins_empty() -> None:
    first, second = task("a", form(field("amount"))), task("b", form(field("amount", "required")))
    said, runs = taken(line(("a", first), ("b", second)))

    assert (said["field_again"].element_id, said["field_again"].severity) == ("b", "warning")
    assert (keys(runs, "a"), keys(runs, "b")) == (["amount"], ["amount"])


def test_field_of_the_start_form_that_a_step_asks_for_again_is_named() -> None:
    xml = line(("a", task("a", form(field("amount")))))
    begun = xml.replace(
        b'<bpmn:startEvent id="s"></bpmn:startEvent>',
        f'<bpmn:startEvent id="s">{form(field("amount"))}</bpmn:startEvent>'.encode(),
    )

    assert "field_again" not in taken(xml)[0]
    assert taken(begun)[0]["field_again"].element_id == "a"


def test_bounds_of_a_field_are_named() -> None:
    amount = field("amount", "required", "min", "validator").replace('"min"', '"min" config="10"')

    problems = [
        one for one in check(foreign(line(("a", task("a", form(amount)))))) if one.code == "field_constraint"
    ]

    assert [(one.severity, one.element_id, one.params) for one in problems] == [
        ("warning", "a", {"name": "Amount", "text": "min 10"}),
        ("warning", "a", {"name": "Amount", "text": "validator"}),
    ]
