"""One row by its id, as an address names it: locked where the rows are."""

from typing import Final

from django.db import models

from m25console.refusals import NotFound

MAX_ID: Final = 100  # characters


def found[M: models.Model](
    rows: models.QuerySet[M], value: str, *, noun: str, key: str = "pk"
) -> M:
    """The row with this id in its unique column `key`. Raises NotFound, also for what cannot be
    an id at all."""
    can_be_one = len(value) <= MAX_ID and "\0" not in value
    one = rows.filter(**{key: value}).first() if can_be_one else None
    if one is None:
        raise NotFound(f"There is no such {noun}.")
    return one
