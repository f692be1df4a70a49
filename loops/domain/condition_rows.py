"""A condition as a few rows of a form: field, comparison, value; all of them or any of them.

Values are text as people type them. What rows cannot say, such as groups within groups, is left
to JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from loops.domain.conditions import CONTEXT, Condition
from loops.domain.states import Operator

NUMERIC: Final = frozenset({Operator.LESS, Operator.AT_MOST, Operator.GREATER, Operator.AT_LEAST})
TRUTH: Final = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True)
class Row:
    """One comparison as typed."""

    PARTS: ClassVar = ("field", "operator", "value")

    field: str
    operator: str
    value: str

    @property
    def is_blank(self) -> bool:
        return not (self.field.strip() or self.value.strip())


@dataclass(frozen=True)
class Rows:
    """Rows that must hold together, or of which one must: `group` is "all" or "any"."""

    group: str
    rows: Sequence[Row]


def rows_of(condition: Condition) -> Rows | None:
    """The condition as rows; None if rows cannot say it exactly."""
    group, members = next(iter(condition.items()))
    if "field" in condition:
        group, members = "all", [condition]
    if group not in ("all", "any") or not all("field" in one for one in members):
        return None
    rows = [Row(one["field"], one["operator"], _typed(one)) for one in members]
    told = Rows(group, rows)
    return told if condition_of(told)[group] == list(members) else None


def condition_of(rows: Rows) -> dict[str, Any]:
    """The condition that the rows say, blank ones left out; not checked yet."""
    return {rows.group: [_clause(row) for row in rows.rows if not row.is_blank]}


def _clause(row: Row) -> dict[str, Any]:
    field = row.field.strip()
    return {"field": field, "operator": row.operator, "value": _value(row, field)}


def _value(row: Row, field: str) -> Any:
    """The value as the comparison takes it; text that is none is left for the check to refuse."""
    text = row.value.strip()
    if row.operator == Operator.EXISTS:
        return TRUTH.get(text.lower(), text)
    if row.operator == Operator.IN:
        return [_scalar(one.strip(), field) for one in text.split(",")]
    if row.operator in NUMERIC:
        return _number(text)
    return _scalar(text, field) if row.operator == Operator.EQUALS else row.value


def _scalar(text: str, field: str) -> Any:
    """A value of this field: numbers for a status code, any JSON value for the context, else text.

    A text that would be read as a number is written in quotes.
    """
    if field == "status_code":
        return _number(text)
    if not field.startswith(CONTEXT):
        return text
    try:
        read = json.loads(text)
    except ValueError:
        return text
    return read if isinstance(read, str | int | float | bool) else text


def _number(text: str) -> Any:
    try:
        read = json.loads(text)
    except ValueError:
        return text
    return read if isinstance(read, int | float) and not isinstance(read, bool) else text


def _typed(clause: Mapping[str, Any]) -> str:
    """The value as somebody would type it."""
    value, field = clause["value"], clause["field"]
    if isinstance(value, list):
        return ", ".join(_typed({**clause, "value": one}) for one in value)
    if not isinstance(value, str):
        return json.dumps(value)
    quoted = clause["operator"] in (Operator.EQUALS, Operator.IN) and _scalar(value, field) != value
    return json.dumps(value, ensure_ascii=False) if quoted else value
