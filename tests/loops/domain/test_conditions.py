"""Conditions are data: bounded, checked, and unknown where a request says nothing."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain import conditions
from loops.domain.conditions import MAX_CLAUSES, MAX_DEPTH, ConditionFault, equals

REQUEST = {
    "error_type": "timeout",
    "message": "no seat on flight HAT083",
    "status_code": 504,
    "context": {"attempt": 3, "cached": True},
}


def clause(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("operator", "field", "value", "holds"),
    [
        ("equals", "error_type", "timeout", True),
        ("equals", "error_type", "Timeout", False),
        ("equals", "context.cached", 1, False),
        ("equals", "context.cached", True, True),
        ("in", "status_code", [502, 504], True),
        ("in", "status_code", ["504"], False),
        ("contains", "message", "HAT083", True),
        ("contains", "message", ".*", False),
        ("starts_with", "message", "no seat", True),
        ("ends_with", "message", "HAT084", False),
        ("less_than", "status_code", 504, False),
        ("at_most", "status_code", 504, True),
        ("greater_than", "context.attempt", 2, True),
        ("at_least", "context.attempt", 3.5, False),
        ("exists", "agent_id", False, True),
        ("exists", "message", True, True),
        ("exists", "context.nothing", True, False),
    ],
)
def test_each_operator_compares_literally(operator: str, field: str, value: Any, holds: bool):
    assert conditions.matches(clause(field, operator, value), REQUEST) is holds


@pytest.mark.parametrize(
    "condition",
    [
        equals("agent_id", "booking"),
        {"not": equals("agent_id", "booking")},
        {"all": [equals("error_type", "timeout"), equals("agent_id", "booking")]},
        {"any": [equals("error_type", "other"), {"not": equals("agent_id", "booking")}]},
        clause("message", "at_least", 3),
    ],
)
def test_what_is_not_known_never_applies(condition: dict[str, Any]):
    assert conditions.matches(condition, REQUEST) is False


def test_one_known_yes_is_enough_for_any_and_one_known_no_decides_all():
    unknown = equals("agent_id", "booking")
    yes, no = equals("error_type", "timeout"), equals("error_type", "other")
    assert conditions.matches({"any": [unknown, yes]}, REQUEST) is True
    assert conditions.matches({"not": {"all": [unknown, no]}}, REQUEST) is True


def test_an_index_may_sort_by_what_must_be_equal():
    condition = {
        "all": [
            equals("error_type", "timeout"),
            {"any": [equals("agent_id", "a"), equals("agent_id", "b")]},
            {"not": equals("status_code", 200)},
        ]
    }
    compiled = conditions.compile_condition(condition)
    assert [one.field for one in compiled.needs] == ["error_type"]
    assert compiled.fields == {"error_type", "agent_id", "status_code"}


def deep(levels: int) -> dict[str, Any]:
    condition: dict[str, Any] = equals("error_type", "x")
    for _ in range(levels):
        condition = {"not": condition}
    return condition


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({}, "must have exactly"),
        ("error_type == 'x'", "must be an object"),
        ({"all": []}, "at least one"),
        ({"all": ["error_type == 'x'"]}, "/all/0 must be an object"),
        ({"all": [{"field": "error_type", "operator": "equals"}]}, "must have exactly"),
        (clause("password", "equals", "x"), "/field must be one of"),
        (clause("context.", "equals", "x"), "/field must be one of"),
        (clause("error_type", "matches", ".*"), "/operator must be one of"),
        (clause("error_type", "contains", 3), "/value must be a text"),
        (clause("status_code", "at_least", "3"), "/value must be a number"),
        (clause("status_code", "at_least", True), "/value must be a number"),
        (clause("error_type", "in", []), "/value must be a list"),
        (clause("error_type", "exists", "yes"), "/value must be true or false"),
        (clause("error_type", "equals", "x" * 501), "/value must be a number, true"),
        (clause("error_type", "equals", None), "/value must be a number, true"),
        (deep(MAX_DEPTH), "nested more than"),
        ({"all": [equals("error_type", "x")] * (MAX_CLAUSES + 1)}, "more than 50 clauses"),
    ],
)
def test_anything_else_is_refused_with_its_place(condition: object, reason: str):
    with pytest.raises(ConditionFault, match=reason):
        conditions.check(condition)


def test_the_largest_allowed_condition_is_taken():
    conditions.check({"all": [equals("error_type", "x")] * MAX_CLAUSES})
    conditions.check(deep(MAX_DEPTH - 1))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=10,
)


@given(JSON)
def test_no_document_makes_the_check_itself_fail(document: object):
    with suppress(ConditionFault):
        conditions.check(document)
