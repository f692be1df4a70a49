"""Data sources of the demo, one of each type: one that works, two that fail at a told stage, and
some that nobody has tested."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from integrations.actions import source_states
from integrations.actions.sources import Wanted
from integrations.domain.sources import SourceType
from integrations.engine import sources
from integrations.models import DataSource
from integrations.sample.providers import PROVIDER
from m25console.access import Actor

type Told = tuple[SourceType, str, str, Sequence[str], Mapping[str, Any]]
TESTED: Final[Sequence[Told]] = (
    (
        SourceType.DATABASE, "Orders", "Every order of the last ten years.", ("eu", "orders"),
        {
            "host": "orders-db.example", "port": 5432, "database": "orders",
            "username": "reader", "password": "sample-password", "ssl_enabled": True,
        },
    ),
    (
        SourceType.FILE, "Invoices", "Scans as they came in.", ("orders",),
        {"database": "/srv/invoices", "options": {"scheme": "file"}},
    ),
)  # fmt: skip
UNTESTED: Final[Sequence[Told]] = (
    (
        SourceType.DOCUMENT, "Sessions", "What customers have in their baskets.", ("eu",),
        {"host": "sessions.example", "options": {"scheme": "redis"}},
    ),
    (
        SourceType.VECTOR, "Help articles", "Embeddings of what support wrote.", ("support",),
        {"host": "vectors.example", "database": "help", "options": {"scheme": "pgvector"}},
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
    """A source of each type; the web API is the sample's own provider."""
    if DataSource.objects.for_tenant(by.tenant).exists():
        return
    host, _, port = servers[PROVIDER].rpartition(":")
    config = {"host": host, "port": int(port), "options": {"path": "/v1/models"}}
    told = (SourceType.API, "Parcel tracking", "Where each parcel is now.", ("parcels",), config)
    tracking = _registered(told, by=by, now=now)
    if sources.test(tracking, by=by, now=now).is_good:
        source_states.activate(source_id=tracking.pk, by=by, now=now)
    for one in TESTED:
        sources.test(_registered(one, by=by, now=now), by=by, now=now)
    *_, last = [_registered(one, by=by, now=now) for one in UNTESTED]
    source_states.deprecate(source_id=last.pk, by=by, now=now)


def _registered(told: Told, *, by: Actor, now: datetime) -> DataSource:
    source_type, name, description, tags, config = told
    wanted = Wanted(name=name, config=config, description=description, tags=tags)
    return sources.register(source_type=source_type, wanted=wanted, by=by, now=now)
