"""A tenant's rows: one of them by its id, and whether there may be one more."""

from typing import Final

from django.db import models

from m25console.models import Tenant
from m25console.refusals import NotFound, WrongState

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


def hold(tenant: Tenant) -> None:
    """Let nobody else who asks for this go on until the transaction ends: two who count a tenant's
    rows would both find room for one more."""
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=tenant.pk)


def check_room[M: models.Model](rows: models.QuerySet[M], *, most: int, noun: str) -> None:
    """Raises WrongState where there are as many as there may be. Hold what they belong to first."""
    if rows.count() >= most:
        raise WrongState(f"There are {most} {noun} already; delete one first.")
