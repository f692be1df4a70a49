"""Sealing again what an older master key sealed, so that the key can go.

Each app names its columns that keep something sealed. Every row is taken by itself and swapped
only while it still holds what was read of it, so that whoever stores a new secret meanwhile keeps
it, and a run that was cut off is simply run again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet

from m25console.models import Tenant
from m25console.sealing import CannotUnseal, resealed

BATCH: Final = 200
TRIES: Final = 5  # at one row that others keep changing


@dataclass(frozen=True)
class Sealed:
    """A column that keeps something sealed, of rows that have a tenant.

    `anew` gives a value sealed with the key in use, None where it is that already, and raises
    CannotUnseal; `beside` are other columns to set with it. `noted` writes the change down.
    """

    name: str
    rows: Callable[[], QuerySet[Any]]  # those that keep something, of every tenant
    column: str
    anew: Callable[[Any, str], Any | None]
    beside: Callable[[], Mapping[str, Any]] = dict
    noted: Callable[[Any, datetime], None] | None = None


@dataclass(frozen=True)
class Progress:
    """How far a table is: rows seen of all, sealed again, and left as they were because nothing
    opens them or others kept changing them."""

    seen: int
    of: int
    fresh: int
    left: Sequence[Any]  # primary keys


class _Outcome(Enum):
    FRESH = auto()
    CURRENT = auto()
    LEFT = auto()


def declared() -> Sequence[Sealed]:
    """The columns of every app, each told as `sealed()` on its AppConfig."""
    return [
        column
        for config in apps.get_app_configs()
        if (told := getattr(config, "sealed", None)) is not None
        for column in told()
    ]


def column_of(
    model: type[Model], column: str, *, purpose: str, beside: Callable[[], Mapping[str, Any]] = dict
) -> Sealed:
    """The usual kind: bytes that `seal` made for a purpose."""

    def rows() -> QuerySet[Any]:
        return model._default_manager.filter(**{f"{column}__isnull": False})

    def anew(kept: Any, tenant_id: str) -> bytes | None:
        return resealed(bytes(kept), tenant_id=tenant_id, purpose=purpose)

    return Sealed(f"{model._meta.db_table}.{column}", rows, column, anew, beside)


def reseal(table: Sealed, *, tenant: Tenant | None, now: datetime) -> Iterator[Progress]:
    """Seal a table's rows again, telling after each batch how far it is."""
    rows = table.rows().filter(tenant=tenant) if tenant else table.rows()
    seen, total, fresh = 0, rows.count(), 0
    left: list[Any] = []
    keys = _after(rows, None)
    while keys:
        outcomes = [_one(table, key, now) for key in keys]
        seen += len(keys)
        fresh += outcomes.count(_Outcome.FRESH)
        left += [key for key, one in zip(keys, outcomes, strict=True) if one is _Outcome.LEFT]
        yield Progress(seen, max(seen, total), fresh, tuple(left))
        keys = _after(rows, keys[-1])


def _after(rows: QuerySet[Any], key: Any) -> list[Any]:
    later = rows if key is None else rows.filter(pk__gt=key)
    return list(later.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _one(table: Sealed, key: Any, now: datetime) -> _Outcome:
    for _ in range(TRIES):
        row = table.rows().filter(pk=key).first()
        if row is None:
            return _Outcome.CURRENT  # it keeps nothing any more
        kept = getattr(row, table.column)
        try:
            fresh = table.anew(kept, row.tenant_id)
        except CannotUnseal:
            return _Outcome.LEFT
        if fresh is None:
            return _Outcome.CURRENT
        if _swapped(table, row, fresh, now=now):
            return _Outcome.FRESH
    return _Outcome.LEFT


@transaction.atomic
def _swapped(table: Sealed, row: Any, fresh: Any, *, now: datetime) -> bool:
    """Whether the row still held what was read of it, and holds the fresh value now."""
    unchanged = table.rows().filter(pk=row.pk, **{table.column: getattr(row, table.column)})
    if not unchanged.update(**{table.column: fresh}, **table.beside()):
        return False
    if table.noted:
        setattr(row, table.column, fresh)
        table.noted(row, now)
    return True
