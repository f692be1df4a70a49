"""Looks at data sources: who asks for one, who makes it, and what follows from what is found."""

import random
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.actions import looks
from integrations.actions.looks import Looked
from integrations.actions.source_states import recorded
from integrations.actions.sources import locked, moved
from integrations.domain import health, sources
from integrations.domain.sources import SourceStatus
from integrations.drivers.looking import Seen
from integrations.models import DataSource, SourceCheck
from m25console.access import Actor, check_connects
from m25console.errands import Call
from m25console.refusals import check_pause

TEST_EVERY: Final = timedelta(seconds=10)
_draw = random.SystemRandom().random


@transaction.atomic
def take_turn(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Note that somebody has it looked at. Raises NotFound, NotPermitted, or TooMany right after
    another time."""
    row = locked(source_id, by)
    check_connects(by)
    check_pause(row.tested_at, least=TEST_EVERY, now=now, told="It was tested")
    row.tested_at = now
    row.save(update_fields=["tested_at"])
    return row


@transaction.atomic
def ask(*, source_id: str, by: Actor, now: datetime) -> DataSource:
    """Have a worker look at it now. Raises as `take_turn` does."""
    row = take_turn(source_id=source_id, by=by, now=now)
    looks.ask(row, by=by, now=now)
    return row


def begin(call: Call, *, now: datetime) -> Looked[DataSource] | None:
    """Leave to look, as `looks.begin` gives it."""
    return looks.begin(DataSource.objects.select_related("asked_by"), call, now=now)


@transaction.atomic
def keep(looked: Looked[DataSource], seen: Seen, *, now: datetime) -> DataSource | None:
    """Store what a look found and move the source where it leads. None if it was configured
    otherwise in the meantime, deleted, or somebody else looks by now: then it says nothing."""
    rows = DataSource.objects.select_for_update(of=("self",)).select_related("tenant")
    row = rows.get(pk=looked.row.pk)
    if row.deleted_at is not None or row.config_version != looked.row.config_version:
        return None
    if not looked.may_speak(row):
        return None
    before = SourceStatus(row.status)
    if seen.is_good:
        _connected(row, now)
    else:
        _failed(row, seen.message, is_asked_for=looked.by is not None, now=now)
    looks.ended(row, again=_next(row, now) if _is_watched(row) else None)
    row.updated_at = now
    row.save()
    _written(row, seen, looked.actor, now=now)
    if row.status != before:
        recorded(row, before, by=looked.actor, now=now, note=seen.message)
    return row


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


def _next(row: DataSource, now: datetime) -> datetime:
    return health.next_look(now, every=row.check_every, draw=_draw())


def _written(row: DataSource, seen: Seen, by: Actor, *, now: datetime) -> None:
    SourceCheck.objects.create(
        tenant_id=row.tenant_id, source=row, at=now, is_good=seen.is_good, error=seen.error,
        message=seen.message, latency_ms=seen.latency_ms, names=list(seen.names),
        stages=[asdict(one) for one in seen.stages], by_label=by.label[:254],
    )  # fmt: skip
