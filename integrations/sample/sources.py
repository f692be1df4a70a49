"""Data sources of the demo, one of each type: those that lead to the demo's own servers are active,
the others are told at which stage they failed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from integrations.actions import source_states
from integrations.actions.sources import Wanted
from integrations.domain.sources import SourceType
from integrations.engine import source_looks, sources
from integrations.models import DataSource
from integrations.sample import databases
from integrations.sample.providers import KNOWN_KEY, PROVIDER
from m25console.access import Actor

type Told = tuple[SourceType, str, str, Sequence[str], Mapping[str, Any]]
ELSEWHERE: Final[Sequence[Told]] = (
    (
        SourceType.FILE, "Invoices", "Scans as they came in.", ("orders",),
        {"host": "files.example", "database": "invoices", "username": "AKIASAMPLE",
         "password": "sample-password", "options": {"region": "eu-central-1"}},
    ),
    (
        SourceType.STREAM, "Parcel events", "Scans at every depot.", ("parcels",),
        {"host": "events.example", "port": 9092},
    ),
    (
        SourceType.CUSTOM, "Old telemetry", "Replaced by the parcel events.", (),
        {"host": "telemetry.example", "port": 4222, "options": {"scheme": "nats"}},
    ),
)  # fmt: skip


def furnish(by: Actor, servers: Mapping[str, str], now: datetime) -> None:
    """A source of each type, looked at; those that work are switched on."""
    if DataSource.objects.for_tenant(by.tenant).exists():
        return
    for one in [*_here(servers), *ELSEWHERE]:
        row = _registered(one, by=by, now=now)
        if source_looks.test(row, by=by, now=now).is_good:
            source_states.activate(source_id=row.pk, by=by, now=now)
    source_states.deprecate(source_id=row.pk, by=by, now=now)


def _here(servers: Mapping[str, str]) -> Sequence[Told]:
    """Those that lead to the demo's own servers."""
    reads = {"username": databases.READER, "password": databases.password()}
    shop = {**_at(servers[databases.SHOP]), **reads, "database": databases.DATABASE}
    asked = {"auth_type": "api_key", "api_key": KNOWN_KEY, "options": {"path": "/v1/models"}}
    return (
        (
            SourceType.API, "Parcel tracking", "Where each parcel is now.", ("parcels",),
            {**_at(servers[PROVIDER]), **asked},
        ),
        (SourceType.DATABASE, "Orders", "Every order of the year.", ("eu", "orders"), shop),
        (
            SourceType.VECTOR, "Help articles", "Embeddings of what support wrote.", ("support",),
            {**shop, "options": {"scheme": "pgvector"}},
        ),
        (
            SourceType.DOCUMENT, "Baskets", "What customers have in their baskets.", ("eu",),
            {**_at(servers[databases.BASKETS]), **reads, "options": {"scheme": "redis"}},
        ),
    )  # fmt: skip


def _at(where: str) -> dict[str, Any]:
    host, _, port = where.rpartition(":")
    return {"host": host, "port": int(port)}


def _registered(told: Told, *, by: Actor, now: datetime) -> DataSource:
    source_type, name, description, tags, config = told
    wanted = Wanted(name=name, config=config, description=description, tags=tags)
    return sources.register(source_type=source_type, wanted=wanted, by=by, now=now)
