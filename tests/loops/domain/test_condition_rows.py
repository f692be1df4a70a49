"""Conditions typed into rows mean what was typed, and come back as they were."""

from typing import Any

import pytest

from loops.domain.condition_rows import Row, Rows, condition_of, rows_of
from loops.domain.condition_words import condition_tree, condition_words
from loops.domain.conditions import check


def clause(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (Row("error_type", "equals", " timeout "), "timeout"),
        (Row("error_type", "equals", "504"), "504"),
        (Row("status_code", "equals", "504"), 504),
        (Row("status_code", "in", "502, 504"), [502, 504]),
        (Row("status_code", "at_least", "500"), 500),
        (Row("context.attempt", "equals", "3"), 3),
        (Row("context.attempt", "equals", '"3"'), "3"),
        (Row("context.cached", "equals", "true"), True),
        (Row("message", "contains", " seat"), " seat"),
        (Row("agent_id", "exists", "No"), False),
    ],
)
def test_what_is_typed_is_what_is_compared(row: Row, value: object) -> None:
    condition = condition_of(Rows("all", [row, Row("", "equals", " ")]))

    assert condition == {"all": [clause(row.field, row.operator, value)]}
    check(condition)


@pytest.mark.parametrize(
    "condition",
    [
        {"all": [clause("error_type", "equals", "timeout"), clause("status_code", "equals", 504)]},
        {"any": [clause("context.n", "equals", "3"), clause("context.n", "in", [1, "a"])]},
        {"all": [clause("message", "starts_with", "no seat")]},
        {"all": [clause("agent_id", "exists", True)]},
    ],
)
def test_a_flat_condition_comes_back_as_it_was(condition: dict[str, Any]) -> None:
    rows = rows_of(condition)

    assert rows is not None
    assert condition_of(rows) == condition


@pytest.mark.parametrize(
    "condition",
    [
        {"not": clause("error_type", "equals", "timeout")},
        {"all": [{"any": [clause("error_type", "equals", "timeout")]}]},
        {"all": [clause("error_type", "in", ["a,b", "c"])]},
        {"all": [clause("error_type", "equals", " padded ")]},
    ],
)
def test_what_rows_cannot_say_is_left_to_json(condition: dict[str, Any]) -> None:
    assert rows_of(condition) is None


def test_a_number_that_is_none_is_left_for_the_check_to_refuse() -> None:
    condition = condition_of(Rows("all", [Row("status_code", "at_least", "many")]))

    assert condition["all"][0]["value"] == "many"


def test_a_condition_is_told_in_words() -> None:
    nested = {
        "all": [
            clause("error_type", "equals", "timeout"),
            {"any": [clause("status_code", "at_least", 500), clause("agent_id", "exists", False)]},
            {"not": clause("context.try", "in", [1, 2])},
        ]
    }

    assert condition_words(nested) == (
        "error type is “timeout” and (status code is at least 500 or agent is missing) "
        "and not (context “try” is one of 1, 2)"
    )
    assert [(line.depth, line.text) for line in condition_tree(nested)] == [
        (0, "all of these:"),
        (1, "error type is “timeout”"),
        (1, "at least one of these:"),
        (2, "status code is at least 500"),
        (2, "agent is missing"),
        (1, "not:"),
        (2, "context “try” is one of 1, 2"),
    ]
    assert condition_words({"all": [clause("message", "contains", "x")]}) == "message contains “x”"
