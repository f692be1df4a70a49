"""Conditions as people read them: one sentence, or a tree of short lines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.conditions import CONTEXT, Condition
from loops.domain.states import Operator

FIELD_NAMES: Final[Mapping[str, str]] = {
    "error_type": "error type",
    "error_code": "error code",
    "message": "message",
    "pattern_id": "pattern",
    "agent_id": "agent",
    "agent_capability": "agent capability",
    "api_endpoint": "endpoint",
    "status_code": "status code",
}
OPERATOR_WORDS: Final[Mapping[Operator, str]] = {
    Operator.EQUALS: "is",
    Operator.IN: "is one of",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.LESS: "is less than",
    Operator.AT_MOST: "is at most",
    Operator.GREATER: "is greater than",
    Operator.AT_LEAST: "is at least",
    Operator.EXISTS: "is given",
}


@dataclass(frozen=True)
class Line:
    """One line of a condition's tree; `depth` counts from 0."""

    depth: int
    text: str


def condition_words(condition: Condition) -> str:
    """A valid condition as part of a sentence, such as `error type is "timeout"`."""
    if "field" in condition:
        return clause_words(condition)
    if "not" in condition:
        return f"not ({condition_words(condition['not'])})"
    word, members = next(iter(condition.items()))
    joined = " and " if word == "all" else " or "
    return joined.join(
        _grouped(one) if len(members) > 1 else condition_words(one) for one in members
    )


def condition_tree(condition: Condition, *, depth: int = 0) -> list[Line]:
    """A valid condition line by line, groups before their members."""
    if "field" in condition:
        return [Line(depth, clause_words(condition))]
    if "not" in condition:
        return [Line(depth, "not:"), *condition_tree(condition["not"], depth=depth + 1)]
    word, members = next(iter(condition.items()))
    title = "all of these:" if word == "all" else "at least one of these:"
    nested = [line for one in members for line in condition_tree(one, depth=depth + 1)]
    return [Line(depth, title), *nested]


def clause_words(clause: Mapping[str, Any]) -> str:
    """One comparison, such as `status code is at least 500`."""
    field, operator, value = clause["field"], Operator(clause["operator"]), clause["value"]
    name = field_name(field)
    if operator is Operator.EXISTS:
        return f"{name} is given" if value else f"{name} is missing"
    told = value if isinstance(value, list) else [value]
    # Ids stand unquoted: a page shows the name of what they stand for.
    shown = map(str if field == "pattern_id" else _shown, told)
    return f"{name} {OPERATOR_WORDS[operator]} {', '.join(shown)}"


def field_name(field: str) -> str:
    """What people call a field; a value of the context by its own name, quoted."""
    if field.startswith(CONTEXT):
        return f"context “{field.removeprefix(CONTEXT)}”"
    return FIELD_NAMES.get(field, field)


def _grouped(condition: Condition) -> str:
    """A member of a group; a group inside it is set in parentheses."""
    told = condition_words(condition)
    return told if "field" in condition or "not" in condition else f"({told})"


def _shown(value: Any) -> str:
    return f"“{value}”" if isinstance(value, str) else json.dumps(value)
