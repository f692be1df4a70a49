"""What a signed-in visit to a database offers, whichever it is: reading, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

FEW: Final = 20  # rows at a time
ENOUGH: Final = 6 * 1024 * 1024  # characters


@dataclass(frozen=True)
class Rows:
    """What a query found; `is_cut` if there was more than was asked for."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool


def taken(
    fetch: Callable[[int], Sequence[tuple[Any, ...]]], columns: Sequence[str], *, most: int
) -> Rows:
    """What is fetched a few rows at a time, until there is one too many or enough for any answer,
    so that wide rows do not fill the memory."""
    found: list[tuple[Any, ...]] = []
    size = 0
    while len(found) <= most and size <= ENOUGH:
        part = fetch(min(FEW, most + 1 - len(found)))
        if not part:
            return Rows(tuple(columns), found, is_cut=False)
        found += [tuple(one) for one in part]
        size += sum(len(str(value)) for one in part for value in one)
    return Rows(tuple(columns), found[:most], is_cut=True)


class SqlSession(Protocol):
    """A transaction, which may only read unless it was opened to write, and ends with the visit."""

    def rows(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        """One SELECT with %s where `values` are bound, at most so many rows. Raises Refused."""

    def changed(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        """Any one statement, bound alike, and what it returns. Raises Refused."""

    def commit(self) -> None:
        """Keep what was changed; without it nothing is. Raises Refused."""

    def may_write(self) -> bool:
        """Whether the account could also change what is there. Raises Refused."""

    def tables(self, *, most: int) -> list[str]:
        """Names of what can be read, in their order. Raises Refused."""
