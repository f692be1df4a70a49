"""The entries of the main navigation, each declared by the app whose page it opens."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection
from django.urls import reverse

from m25console.vocabulary import Role

if TYPE_CHECKING:  # app configs declare entries before any model may be imported
    from m25console.access import Actor


@dataclass(frozen=True)
class Entry:
    """One link. An app lists its own as `navigation = (Entry(...), ...)` on its AppConfig."""

    url_name: str
    label: str  # in English, as `section` is; shown in the reader's language
    icon: str  # a name in static/console/icons.svg
    key: str = ""  # names its count, if it has one
    role: Role | None = None  # shown to this role and those above it
    section: str = ""  # entries under one heading; none for the first group
    order: int = 50
    also: tuple[str, ...] = ()  # names of addresses elsewhere whose pages belong under it
    below: tuple[str, ...] = ()  # beginnings of paths that have no page themselves, likewise


@dataclass(frozen=True)
class Part:
    """A share of a count, such as "3", "high"; `noun` is what one needs to hear besides."""

    text: str
    word: str
    noun: str
    tone: str


@dataclass(frozen=True)
class Count:
    """How much waits behind an entry. Every page's title tells it, if it is to be `heard`."""

    text: str  # such as "7" or "1,000+"
    parts: Sequence[Part] = ()
    heard: bool = False
    limit: int | None = None  # the most that is thought bearable, once there is more


@dataclass(frozen=True)
class Tally:
    """What an app counts: a query of one value, which is JSON, and what is read from it. The
    parameter `tenant` means the same to all; others have names of their own."""

    query: str
    parameters: Mapping[str, str | int | datetime | None]
    read: Callable[[Any], Mapping[str, Count]]


@dataclass(frozen=True)
class Link:
    """An entry as one person sees it on one page."""

    entry: Entry
    url: str
    current: str  # aria-current: "page", "true" on a page below it, or empty
    count: Count | None


def administered() -> Mapping[str, str]:
    """By the name of a page about one row, what the administration calls its table; each app says
    so as `administered` on its AppConfig."""
    return {
        page: table
        for config in apps.get_app_configs()
        for page, table in getattr(config, "administered", {}).items()
    }


def entries_for(actor: "Actor") -> list[Entry]:
    """What `actor` may open, in order."""
    ladder = (None, *Role)
    held = ladder[: ladder.index(actor.role) + 1]
    return sorted(
        (entry for entry in _declared() if entry.role in held), key=lambda entry: entry.order
    )


def closed_to(actor: "Actor") -> set[str]:
    """The names of the addresses whose entries `actor` does not see."""
    return {one.url_name for one in _declared()} - {one.url_name for one in entries_for(actor)}


def _declared() -> list[Entry]:
    return [
        entry for config in apps.get_app_configs() for entry in getattr(config, "navigation", ())
    ]


def links_for(actor: "Actor", *, path: str, counts: Mapping[str, Count]) -> list[Link]:
    """The navigation of the page at `path`; its deepest matching entry is the current one."""
    entries = entries_for(actor)
    under = {
        address: entry
        for entry in entries
        for address in (*map(reverse, (entry.url_name, *entry.also)), *entry.below)
        if path == address or (path.startswith(address) and address != "/")
    }
    current = under[max(under, key=len)] if under else None
    links = []
    for entry in entries:
        url = reverse(entry.url_name)
        mark = ("page" if url == path else "true") if entry is current else ""
        links.append(Link(entry, url, mark, counts.get(entry.key)))
    return links


def counts_for(actor: "Actor") -> dict[str, Count]:
    """Counts by entry key, from each app that can tell; nothing where nothing waits. One query."""
    tallies: list[Tally] = [
        config.navigation_tally(actor)
        for config in apps.get_app_configs()
        if hasattr(config, "navigation_tally")
    ]
    parameters = {name: one for tally in tallies for name, one in tally.parameters.items()}
    columns = ", ".join(f"({tally.query})::text" for tally in tallies)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", parameters)
        told = cursor.fetchone()
    counted: dict[str, Count] = {}
    for tally, value in zip(tallies, told, strict=True):
        counted.update(tally.read(json.loads(value)))
    return counted
