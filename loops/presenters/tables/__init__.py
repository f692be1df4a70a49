"""Every table of the console that can be taken away as a file, by its name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from loops.presenters.tables import figures, learned, people, work
from loops.presenters.tables.maker import Maker, Query
from m25console.access import Actor
from m25console.exports import Table
from m25console.refusals import NotFound

TABLES: Final[Mapping[str, Maker]] = {
    **work.TABLES,
    **learned.TABLES,
    **people.TABLES,
    **figures.TABLES,
}


def table_of(name: str, *, actor: Actor, query: Query, now: datetime) -> Table[Any]:
    """The rows a list shows under these filters. Raises NotFound for a name that is none, and
    NotPermitted where the list itself would be refused."""
    if name not in TABLES:
        raise NotFound("There is no such table.")
    return TABLES[name](actor, query, now)
