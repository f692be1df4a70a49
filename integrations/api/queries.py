"""Parameters of the lists that are asked by limit and offset, read strictly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest

from m25console.refusals import InvalidInput

USUAL_LIMIT: int = 20
MOST: int = 100
MAX_WORD: int = 100


class InvalidQuery(InvalidInput):
    """A parameter of the address is unknown, repeated or out of bounds."""

    status_code = 400
    code = "INVALID_QUERY"


class UnsupportedParameter(InvalidQuery):
    """A parameter that is known and not offered."""

    code = "UNSUPPORTED_PARAM"


@dataclass(frozen=True)
class Slice:
    """A part of a list, and the filters by name."""

    limit: int
    offset: int
    filters: Mapping[str, str]


def slice_of(
    request: HttpRequest, *, filters: Mapping[str, type[StrEnum]], most: int = MOST,
    usual: int = USUAL_LIMIT, words: Sequence[str] = (),
) -> Slice:  # fmt: skip
    """What the address asks for; `words` are filters of any text. Raises InvalidQuery, naming each
    wrong parameter."""
    if "as_of" in request.GET:
        told = "The list is told as it is now."
        raise UnsupportedParameter(told, fields={"as_of": [told]})
    wrong: dict[str, list[str]] = {}
    for name, values in request.GET.lists():
        if name not in ("limit", "offset", *filters, *words):
            wrong[name] = ["There is no such parameter."]
        elif len(values) > 1:
            wrong[name] = ["Give it once."]
        elif name in filters and values[0] not in set(filters[name]):
            wrong[name] = [f"One of: {', '.join(filters[name])}."]
        elif name in words and not (values[0].isprintable() and len(values[0]) <= MAX_WORD):
            wrong[name] = [f"Up to {MAX_WORD} plain characters."]
    limit = _whole(request, "limit", usual, range(1, most + 1), wrong)
    offset = _whole(request, "offset", 0, range(10_000_000), wrong)
    if wrong:
        raise InvalidQuery("Some parameters are wrong.", fields=wrong)
    chosen = {name: request.GET[name] for name in (*filters, *words) if name in request.GET}
    return Slice(limit, offset, chosen)


def _whole(
    request: HttpRequest, name: str, usual: int, allowed: Sequence[int],
    wrong: dict[str, list[str]],
) -> int:  # fmt: skip
    text = request.GET.get(name)
    if text is None:
        return usual
    if text.isascii() and text.isdecimal() and len(text) < 9 and int(text) in allowed:
        return int(text)
    wrong.setdefault(name, [f"A whole number from {allowed[0]} to {allowed[-1]:,}."])
    return usual
