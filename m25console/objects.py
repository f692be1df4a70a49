"""What the rows of each table are called, and which page of the console shows one."""

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from django.apps import apps
from django.urls import NoReverseMatch, reverse

_SHORT: Final = {"api": "API", "mcp": "MCP"}


class Kind(NamedTuple):
    """The word for a row, and the name of the page that takes the row's id, or takes nothing;
    "" where there is none."""

    word: str
    page: str = ""


PEOPLE: Final[Mapping[str, Kind]] = {
    "tenants": Kind("tenant"),
    "memberships": Kind("membership", "members"),
    "users": Kind("person", "members"),
    "api_tokens": Kind("API token"),
}


@cache
def declared() -> Mapping[str, Kind]:
    """By table, the kinds of every app, each told as `objects()` on its AppConfig."""
    kinds = dict(PEOPLE)
    for config in apps.get_app_configs():
        if (told := getattr(config, "objects", None)) is not None:
            kinds |= told()
    return kinds


def kind_of(table: str) -> Kind:
    """What a row of the table is called; as the table is, where no app tells."""
    return declared().get(table, Kind(spoken(table)))


def page_of(table: str, object_id: str) -> str:
    """The address of the page that shows the row; "" where none does."""
    name = kind_of(table).page
    if not name:
        return ""
    for values in ([object_id], []):
        try:
            return reverse(name, args=values)
        except NoReverseMatch:
            continue
    return ""


def spoken(name: str) -> str:
    """A name such as `mcp_server` as people say it."""
    return " ".join(_SHORT.get(part, part) for part in name.replace("_", " ").split())
