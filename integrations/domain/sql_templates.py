"""Statements with named parameters: where the names stand, and what values may take their place.

The text of a statement is never composed with a value: the driver binds each.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

MAX_SQL: Final = 20_000  # characters
MAX_PARAMETERS: Final = 50
MAX_LIST: Final = 1000
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# What holds no parameter, and then what one looks like.
_TOKENS: Final = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|::"
    r"|:(?P<name>[A-Za-z_][A-Za-z0-9_]{0,63})|(?P<end>;)",
    re.DOTALL,
)


class TemplateFault(ValueError):  # noqa: N818 - a sentence for whoever gave it
    """A statement or a value that cannot be taken."""


class Kind(StrEnum):
    TEXT = "str"
    INTEGER = "int"
    FLOAT = "float"
    BOOLEAN = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"
    UUID = "uuid"
    TEXTS = "list[str]"
    INTEGERS = "list[int]"


@dataclass(frozen=True)
class Parameter:
    """One value of a statement. `least` and `most` bound a number, `max_length` a text."""

    name: str
    kind: Kind = Kind.TEXT
    is_required: bool = True
    default: Any = None
    max_length: int | None = None
    least: float | None = None
    most: float | None = None


def names_in(sql: str) -> list[str]:
    """The parameters a statement names, each once, in their order."""
    return list(dict.fromkeys(places_in(sql)))


def places_in(sql: str) -> list[str]:
    """The name at each place of a value, in their order, as often as it is named."""
    return [one["name"] for one in _TOKENS.finditer(sql) if one["name"]]


def for_driver(sql: str) -> str:
    """The statement as a driver takes it, with `%s` for each `:name` and no semicolon."""
    parts: list[str] = []
    at = 0
    for one in _TOKENS.finditer(sql):
        parts.append(sql[at : one.start()].replace("%", "%%"))
        quiet = "" if one["end"] else one[0].replace("%", "%%")
        parts.append("%s" if one["name"] else quiet)
        at = one.end()
    return "".join([*parts, sql[at:].replace("%", "%%")]).strip()


def check(sql: str, parameters: Sequence[Parameter]) -> None:
    """Raises TemplateFault unless it is one statement that names just these parameters."""
    if not sql.strip() or len(sql) > MAX_SQL or "\0" in sql:
        raise TemplateFault(f"Write one statement of at most {MAX_SQL:,} characters.")
    # With either, text could look quoted here and be run there.
    if set(sql) & {"$", "\\"}:
        raise TemplateFault("Write it without $ and backslashes: bind such a text as a parameter.")
    if any(one["end"] and sql[one.end() :].strip() for one in _TOKENS.finditer(sql)):
        raise TemplateFault("Write one statement only; what follows a semicolon would be another.")
    told = [one.name for one in parameters]
    if len(told) > MAX_PARAMETERS or len(set(told)) != len(told):
        raise TemplateFault(f"At most {MAX_PARAMETERS} parameters, each with a name of its own.")
    for one in parameters:
        if not _NAME.fullmatch(one.name):
            raise TemplateFault("A parameter's name has letters, digits and underscores.")
        if one.default is not None:
            coerced(one, one.default)
    if set(told) != set(names_in(sql)):
        missing = sorted(set(names_in(sql)) ^ set(told))
        raise TemplateFault(
            f"The statement and its parameters do not name the same: {', '.join(missing)}."
        )


def bound(
    parameters: Sequence[Parameter], payload: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """A value for every parameter, null or its default where an optional one is left out, so that
    the others keep their places; and a warning for each value that belongs to none.

    Raises TemplateFault for one that is missing or of another kind.
    """
    values: dict[str, Any] = {}
    for one in parameters:
        given = payload.get(one.name)
        if given is None and one.is_required:
            raise TemplateFault(f"{one.name} is missing.")
        value = one.default if given is None else given
        values[one.name] = None if value is None else coerced(one, value)
    extra = sorted(set(payload) - set(values))
    return values, [f"{one} is no parameter of this statement and was left out." for one in extra]


def coerced(one: Parameter, value: Any) -> Any:
    """The value in the parameter's kind. Raises TemplateFault."""
    try:
        made = _MADE[one.kind](value)
    except (ValueError, TypeError, OverflowError):
        raise TemplateFault(f"{one.name} is no {one.kind}.") from None
    if isinstance(made, str) and one.max_length is not None and len(made) > one.max_length:
        raise TemplateFault(f"{one.name} has at most {one.max_length} characters.")
    if isinstance(made, int | float) and not isinstance(made, bool):
        if one.least is not None and made < one.least:
            raise TemplateFault(f"{one.name} is at least {one.least:g}.")
        if one.most is not None and made > one.most:
            raise TemplateFault(f"{one.name} is at most {one.most:g}.")
    return made


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float) or "\0" in str(value):
        raise ValueError
    return str(value)


def _integer(value: Any) -> int:
    made = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if made is None or abs(made) >= 2**63:
        raise ValueError
    return made


def _float(value: Any) -> float:
    made = float(value)
    if isinstance(value, bool) or made != made or abs(made) == float("inf"):  # noqa: PLR0124
        raise ValueError
    return made


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes")
    if not isinstance(value, bool | int):
        raise TypeError
    return bool(value)


def _date(value: Any) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
        raise ValueError
    return date.fromisoformat(value)


def _several(made: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def each(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > MAX_LIST:
            raise ValueError
        return [made(one) for one in value]

    return each


_MADE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.FLOAT: _float,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIMESTAMP: datetime.fromisoformat,
    Kind.UUID: lambda value: UUID(str(value)),
    Kind.TEXTS: _several(_text),
    Kind.INTEGERS: _several(_integer),
}
