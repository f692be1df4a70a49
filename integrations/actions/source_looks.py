"""Looks at data sources: who asks for one, who makes it, and what follows from what is found.

A look that a worker makes holds a ticket, and only the holder of the latest one may say what was
found.
"""

import random
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.actions.source_states import recorded
from integrations.actions.sources import locked, moved
from integrations.domain import health, sources
from integrations.domain.sources import SourceStatus
from integrations.drivers.looking import Seen
from integrations.models import DataSource, SourceCheck
from m25console.access import Actor, check_connects, system_actor
from m25console.refusals import TooMany
from m25console.vocabulary import Door, Role

TEST_EVERY: Final = timedelta(seconds=10)
LEASE: Final = timedelta(minutes=1)  # for one look, which ends within seconds
_draw = random.SystemRandom().random


@dataclass(frozen=True)
class Looked:
    """Which source was looked at, and by whom; None: the schedule. A look without a ticket is
    made by whoever asked for it, and takes nobody's place."""

    row: DataSource
    by: Actor | None
    ticket: str = ""

    @property
    def actor(self) -> Actor:
        return self.by or system_actor(self.row.tenant)


@transaction.atomic
def take_turn(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Note that somebody has it looked at. Raises NotFound, NotPermitted, or TooMany right after
    another time."""
    row = locked(source_id, by)
    check_connects(by)
    if row.tested_at and now - row.tested_at < TEST_EVERY:
        seconds = int(TEST_EVERY.total_seconds())
        raise TooMany("It was tested a moment ago; wait a few seconds.", retry_after=seconds)
    row.tested_at = now
    row.save(update_fields=["tested_at"])
    return row


@transaction.atomic
def ask(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Have a worker look at it now. Raises as `take_turn` does."""
    row = take_turn(source_id=source_id, by=by, now=now)
    row.next_check_at, row.asked_by = now, by.user
    row.save(update_fields=["next_check_at", "asked_by"])
    return row


@transaction.atomic
def begin(*, source_id: str, ticket: str, now: datetime) -> Looked | None:
    """Leave to look, if this ticket is the latest and unused, and the look still wanted."""
    rows = DataSource.objects.select_for_update(of=("self",)).select_related("tenant", "asked_by")
    row = rows.filter(pk=source_id, ticket=ticket, next_check_at__isnull=False).first()
    if row is None or row.lease_until is not None:
        return None
    row.lease_until = row.next_check_at = now + LEASE
    row.save(update_fields=["lease_until", "next_check_at"])
    return Looked(row, _asker(row), ticket)


@transaction.atomic
def keep(looked: Looked, seen: Seen, *, now: datetime) -> DataSource | None:
    """Store what a look found and move the source where it leads. None if it was configured
    otherwise in the meantime, deleted, or somebody else looks by now: then it says nothing."""
    rows = DataSource.objects.select_for_update(of=("self",)).select_related("tenant")
    row = rows.get(pk=looked.row.pk)
    if row.deleted_at is not None or row.config_version != looked.row.config_version:
        return None
    if looked.ticket and looked.ticket != row.ticket:
        return None
    before = SourceStatus(row.status)
    if seen.is_good:
        _connected(row, now)
    else:
        _failed(row, seen.message, is_asked_for=looked.by is not None, now=now)
    row.ticket, row.lease_until, row.asked_by, row.updated_at = "", None, None, now
    row.next_check_at = _next(now) if _is_watched(row) else None
    row.save()
    _written(row, seen, looked.actor, now=now)
    if row.status != before:
        recorded(row, before, by=looked.actor, now=now, note=seen.message)
    return row


def _asker(row: DataSource) -> Actor | None:
    """Who waits for the look, an admin when they asked."""
    if row.asked_by is None:
        return None
    label = str(row.asked_by)
    return Actor(tenant=row.tenant, user=row.asked_by, role=Role.ADMIN, door=Door.WEB, label=label)


def _connected(row: DataSource, now: datetime) -> None:
    to = sources.after_connection(SourceStatus(row.status), before_error=_before_error(row))
    if to != row.status:
        moved(row, to)
    row.last_error, row.failures = "", 0
    row.last_connected_at = row.proven_at = now
    row.connection_count += 1


def _failed(row: DataSource, message: str, *, is_asked_for: bool, now: datetime) -> None:
    row.last_error, row.error_count, row.failures = message, row.error_count + 1, row.failures + 1
    if row.status in (SourceStatus.ERROR, SourceStatus.DEPRECATED):
        return
    if is_asked_for or row.failures >= sources.FAILS_AFTER:
        row.failing_since = now if row.status == SourceStatus.ACTIVE else None
        moved(row, SourceStatus.ERROR)


def _is_watched(row: DataSource) -> bool:
    return sources.is_watched(SourceStatus(row.status), before_error=_before_error(row))


def _before_error(row: DataSource) -> SourceStatus | None:
    return SourceStatus(row.status_before_error) if row.status_before_error else None


def _next(now: datetime) -> datetime:
    return health.next_look(now, every=sources.LOOK_EVERY, draw=_draw())


def _written(row: DataSource, seen: Seen, by: Actor, *, now: datetime) -> None:
    SourceCheck.objects.create(
        tenant_id=row.tenant_id, source=row, at=now, is_good=seen.is_good, error=seen.error,
        message=seen.message, latency_ms=seen.latency_ms, names=list(seen.names),
        stages=[asdict(one) for one in seen.stages], by_label=by.label[:254],
    )  # fmt: skip
