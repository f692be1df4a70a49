"""When a policy applies: conditions as data, never as text that is read as an expression.

A condition is a clause `{"field", "operator", "value"}` or one of `{"all": […]}`, `{"any": […]}`,
`{"not": condition}`. A field that a request lacks makes its clause unknown, and an unknown
condition does not apply: `not` of unknown is unknown, too (Kleene's three-valued logic). Only
`exists` speaks about absence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loops.domain.states import Operator

FIELDS: Final = (
    "error_type",
    "error_code",
    "message",
    "pattern_id",
    "agent_id",
    "agent_capability",
    "api_endpoint",
    "status_code",
)
CONTEXT: Final = "context."  # and a name: a value the sender put into the context
MAX_CLAUSES: Final = 50
MAX_DEPTH: Final = 5
MAX_VALUES: Final = 100  # in the list of an `in`
MAX_TEXT: Final = 500  # characters of a value
MAX_NAME: Final = 100  # characters of a field

type Condition = Mapping[str, Any]
type Test = Callable[[Mapping[str, Any]], bool | None]


class ConditionFault(ValueError):  # noqa: N818 - what a condition has, told to the person
    """What is wrong with a condition, and where: `place` is a JSON pointer into it."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place or 'The condition'} {message}")
        self.place = place
        self.message = message


@dataclass(frozen=True)
class Clause:
    """One comparison of a field with a value."""

    field: str
    operator: Operator
    value: Any


@dataclass(frozen=True)
class Compiled:
    """A condition made ready to be asked often.

    `applies` answers True, False or None (unknown). `needs` are the clauses of equality that
    hold whenever the condition does: what an index may sort policies by.
    """

    applies: Test
    needs: tuple[Clause, ...]
    fields: frozenset[str]


def equals(field: str, value: str | float) -> dict[str, Any]:
    """The clause that a field has exactly this value."""
    return {"field": field, "operator": Operator.EQUALS.value, "value": value}


def check(condition: object) -> None:
    """Raise ConditionFault unless the condition is one, of bounded size and depth."""
    compile_condition(condition)


def compile_condition(condition: object) -> Compiled:
    """The condition, checked and made ready. Raises ConditionFault."""
    counted = [0]
    applies, needs, fields = _node(condition, "", 1, counted)
    return Compiled(applies, tuple(needs), frozenset(fields))


def matches(condition: object, features: Mapping[str, Any]) -> bool:
    """Whether the condition holds for these features; unknown counts as no.

    Both sides are compared literally, so normalise the features as the signature was. Raises
    ConditionFault.
    """
    return compile_condition(condition).applies(features) is True


def clauses_of(condition: Condition) -> list[Clause]:
    """Every clause of a valid condition, in its order."""
    if "field" in condition:
        return [_clause(condition, "")]
    parts = condition["not"] if "not" in condition else next(iter(condition.values()))
    members: Sequence[Condition] = [parts] if isinstance(parts, Mapping) else parts
    return [clause for one in members for clause in clauses_of(one)]


type _Node = tuple[Test, list[Clause], set[str]]


def _node(condition: object, place: str, depth: int, counted: list[int]) -> _Node:
    if not isinstance(condition, Mapping):
        raise ConditionFault(place, "must be an object")
    if depth > MAX_DEPTH:
        raise ConditionFault(place, f"is nested more than {MAX_DEPTH} deep")
    if set(condition) == {"not"}:
        test, _, fields = _node(condition["not"], f"{place}/not", depth + 1, counted)
        return _negation(test), [], fields
    if set(condition) in ({"all"}, {"any"}):
        (word, members) = next(iter(condition.items()))
        return _group(word, members, f"{place}/{word}", depth, counted)
    counted[0] += 1
    if counted[0] > MAX_CLAUSES:
        raise ConditionFault("", f"has more than {MAX_CLAUSES} clauses")
    clause = _clause(condition, place)
    needs = [clause] if clause.operator is Operator.EQUALS else []
    return _comparison(clause), needs, {clause.field}


def _group(word: str, members: object, place: str, depth: int, counted: list[int]) -> _Node:
    if not isinstance(members, list) or not members:
        raise ConditionFault(place, "must be a list with at least one condition")
    nodes = [
        _node(one, f"{place}/{index}", depth + 1, counted) for index, one in enumerate(members)
    ]
    tests = [test for test, _, _ in nodes]
    fields = {field for _, _, named in nodes for field in named}
    if word == "any":
        return _disjunction(tests), nodes[0][1] if len(nodes) == 1 else [], fields
    return _conjunction(tests), [clause for _, needs, _ in nodes for clause in needs], fields


def _clause(condition: Mapping[str, Any], place: str) -> Clause:
    if set(condition) != {"field", "operator", "value"}:
        raise ConditionFault(place, "must have exactly a field, an operator and a value")
    field, operator, value = condition["field"], condition["operator"], condition["value"]
    if not isinstance(field, str) or not _is_known(field):
        raise ConditionFault(f"{place}/field", f"must be one of {', '.join(FIELDS)} or context.…")
    known = next((one for one in Operator if one == operator), None)
    if known is None:
        raise ConditionFault(f"{place}/operator", f"must be one of {', '.join(Operator)}")
    return Clause(field, known, _value(known, value, f"{place}/value"))


def _is_known(field: str) -> bool:
    return field in FIELDS or (len(CONTEXT) < len(field) <= MAX_NAME and field.startswith(CONTEXT))


def _value(operator: Operator, value: object, place: str) -> Any:
    """The value, if the operator can compare with it."""
    if operator is Operator.EXISTS:
        if not isinstance(value, bool):
            raise ConditionFault(place, "must be true or false")
    elif operator is Operator.IN:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_VALUES:
            raise ConditionFault(place, f"must be a list of 1 to {MAX_VALUES} values")
        for index, one in enumerate(value):
            _scalar(one, f"{place}/{index}")
    elif operator in _TEXTUAL:
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
            raise ConditionFault(place, f"must be a text of 1 to {MAX_TEXT} characters")
    elif operator in _NUMERIC:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConditionFault(place, "must be a number")
    else:
        _scalar(value, place)
    return value


def _scalar(value: object, place: str) -> None:
    if not isinstance(value, str | int | float | bool) or len(str(value)) > MAX_TEXT:
        raise ConditionFault(place, f"must be a number, true, false or at most {MAX_TEXT} letters")


def _read(features: Mapping[str, Any], field: str) -> Any:
    if field.startswith(CONTEXT):
        return (features.get("context") or {}).get(field.removeprefix(CONTEXT))
    return features.get(field)


def _same(here: Any, there: Any) -> bool:
    """Equal, and not merely because True is 1."""
    return bool(here == there) and isinstance(here, bool) == isinstance(there, bool)


_TEXTUAL: Final[Mapping[Operator, Callable[[str, str], bool]]] = {
    Operator.CONTAINS: lambda here, value: value in here,
    Operator.STARTS_WITH: lambda here, value: here.startswith(value),
    Operator.ENDS_WITH: lambda here, value: here.endswith(value),
}
_NUMERIC: Final[Mapping[Operator, Callable[[float, float], bool]]] = {
    Operator.LESS: lambda here, value: here < value,
    Operator.AT_MOST: lambda here, value: here <= value,
    Operator.GREATER: lambda here, value: here > value,
    Operator.AT_LEAST: lambda here, value: here >= value,
}


def _comparison(clause: Clause) -> Test:
    field, value = clause.field, clause.value

    def test(features: Mapping[str, Any]) -> bool | None:
        here = _read(features, field)
        if clause.operator is Operator.EXISTS:
            return (here is not None) is value
        if here is None:
            return None
        if clause.operator is Operator.EQUALS:
            return _same(here, value)
        if clause.operator is Operator.IN:
            return any(_same(here, one) for one in value)
        if clause.operator in _TEXTUAL:
            return _TEXTUAL[clause.operator](here, value) if isinstance(here, str) else None
        is_number = isinstance(here, int | float) and not isinstance(here, bool)
        return _NUMERIC[clause.operator](here, value) if is_number else None

    return test


def _negation(test: Test) -> Test:
    def negated(features: Mapping[str, Any]) -> bool | None:
        answer = test(features)
        return None if answer is None else not answer

    return negated


def _conjunction(tests: Sequence[Test]) -> Test:
    def conjoined(features: Mapping[str, Any]) -> bool | None:
        unknown = False
        for test in tests:
            answer = test(features)
            if answer is False:
                return False
            unknown = unknown or answer is None
        return None if unknown else True

    return conjoined


def _disjunction(tests: Sequence[Test]) -> Test:
    def disjoined(features: Mapping[str, Any]) -> bool | None:
        unknown = False
        for test in tests:
            answer = test(features)
            if answer is True:
                return True
            unknown = unknown or answer is None
        return None if unknown else False

    return disjoined
