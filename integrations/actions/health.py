"""Keeping what a look at an integration found, and what follows from it."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.domain import health
from integrations.domain.states import IntegrationStatus
from integrations.models import HealthCheck, Integration
from integrations.probes import Probed
from m25console import audit
from m25console.access import Actor, system_actor

JITTER: Final = 0.2  # of the interval, so that checks spread


@dataclass(frozen=True)
class Looked:
    """Which integration was looked at, and by whom; None: the schedule."""

    row: Integration
    by: Actor | None


@transaction.atomic
def keep(looked: Looked, probed: Probed, *, now: datetime) -> Integration | None:
    """Store what was found and move the integration where it leads. None if what was asked is not
    what is configured now: then it says nothing of it, and the next look is due at once."""
    row = Integration.objects.select_for_update(of=("self",)).get(pk=looked.row.pk)
    if row.deleted_at is not None:
        return None
    if (row.credential_ref, row.config) != (looked.row.credential_ref, looked.row.config):
        return None
    found = probed.finding
    before = IntegrationStatus(row.status)
    after = health.status_after(found, status=before, forced=looked.by is not None)
    row.health_state, row.health_message, row.health_checked_at = found.state, found.message, now
    row.status, row.updated_at = after, now
    row.next_check_at = _next(now) if after is IntegrationStatus.ENABLED else None
    row.save()
    _written(row, probed, looked.by, now=now)
    if after is not before:
        by = looked.by or system_actor(row.tenant)
        audit.record(
            by=by, action=f"integration.{after}", about=row, before={"status": before},
            after={"status": after}, note=found.message, now=now,
        )  # fmt: skip
    return row


def _written(row: Integration, probed: Probed, by: Actor | None, *, now: datetime) -> None:
    HealthCheck.objects.create(
        tenant_id=row.tenant_id, integration=row, at=now, state=probed.finding.state,
        error=probed.finding.error, message=probed.finding.message, latency_ms=probed.latency_ms,
        stages=[dict(one) for one in probed.stages], by_person=by is not None,
    )  # fmt: skip


def _next(now: datetime) -> datetime:
    spread = random.uniform(1 - JITTER, 1)  # noqa: S311 - spreads load, guards nothing
    return now + timedelta(seconds=health.STALE_AFTER.total_seconds() * spread)
