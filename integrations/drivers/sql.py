"""What a signed-in visit to a database offers, whichever it is: reading, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Rows:
    """What a query found; `is_cut` if there was more than was asked for."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool


class SqlSession(Protocol):
    """A transaction that may only read and is ended with the visit."""

    def rows(self, statement: str, values: Sequence[object] = (), *, most: int) -> Rows:
        """One SELECT with %s where `values` are bound, at most so many rows. Raises Refused."""

    def may_write(self) -> bool:
        """Whether the account could also change what is there. Raises Refused."""

    def tables(self, *, most: int) -> list[str]:
        """Names of what can be read, in their order. Raises Refused."""
