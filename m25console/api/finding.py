"""One object by its id, as an address names it."""

from typing import Final

from django.db import models

from m25console.refusals import NotFound

MAX_ID: Final = 100  # characters


def found[M: models.Model](rows: models.QuerySet[M], pk: str, *, noun: str) -> M:
    """The row with this id. Raises NotFound, also for what cannot be an id at all."""
    one = rows.filter(pk=pk).first() if len(pk) <= MAX_ID and "\0" not in pk else None
    if one is None:
        raise NotFound(f"There is no such {noun}.")
    return one
