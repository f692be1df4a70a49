"""Builders for the tests of data sources."""

from itertools import count
from typing import Any, Final

from django.utils import timezone

from integrations.actions import source_looks, source_states
from integrations.actions.looks import Looked
from integrations.actions.sources import Wanted
from integrations.domain.sources import SourceStatus, SourceType
from integrations.drivers.looking import Seen
from integrations.engine import sources
from integrations.models import DataSource
from m25console.access import Actor
from m25console.destinations import Stage
from tests.endpoints import Endpoint

GOOD: Final = Seen("It works.", stages=(Stage("dns", 1), Stage("tcp", 2)), names=("orders",))
_numbers = count(1)


def a_source(
    by: Actor, *, source_type: SourceType = SourceType.DATABASE, **wanted: Any
) -> DataSource:
    given = {"name": f"source {next(_numbers)}", "config": {"port": 5432}}
    return sources.register(
        source_type=source_type, wanted=Wanted(**(given | wanted)), by=by, now=timezone.now()
    )


def found_good(row: DataSource, *, by: Actor) -> DataSource:
    kept = source_looks.keep(Looked(row, by), GOOD, now=timezone.now())
    assert kept is not None
    return kept


def in_use(by: Actor, endpoint: Endpoint, *, path: str = "", **wanted: Any) -> DataSource:
    """One that asks the endpoint, was found to work and is looked at from now on."""
    config = {"host": "127.0.0.1", "port": endpoint.port, "options": {"path": f"/{path}"}}
    row = a_source(by, source_type=SourceType.API, config=config, **wanted)
    found_good(row, by=by)
    return source_states.activate(source_id=row.pk, by=by, now=timezone.now())


def in_status(row: DataSource, status: SourceStatus) -> DataSource:
    before = SourceStatus.PENDING if status is SourceStatus.ERROR else None
    DataSource.objects.filter(pk=row.pk).update(status=status, status_before_error=before)
    row.refresh_from_db()
    return row


def registered(by: Actor, *, name: str, looks: int = 1) -> dict[str, str]:
    """A source that was looked at so many times; what an address names of it."""
    row = a_source(by, name=f"source of {name}", tags=["eu"], access_roles=[])
    for _ in range(looks):
        found_good(row, by=by)
    return {"source_id": row.pk}
