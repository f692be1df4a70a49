"""Every table of the loop that can be taken away as a file, by its name."""

from collections.abc import Mapping
from typing import Final

from loops.presenters.tables import figures, learned, people, work
from m25console.exports import Maker

TABLES: Final[Mapping[str, Maker]] = {
    **work.TABLES,
    **learned.TABLES,
    **people.TABLES,
    **figures.TABLES,
}
