"""Looks at integrations: who asks for one, who makes it, and what follows from what is found.

A look that a worker makes holds a ticket, and only the holder of the latest one may say what was
found.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.domain import health
from integrations.domain.states import HealthState, IntegrationStatus
from integrations.models import HealthCheck, Integration
from integrations.probes import Probed
from m25console import audit
from m25console.access import Actor, check_may, system_actor
from m25console.refusals import NotFound, TooMany
from m25console.rights import Permission
from m25console.vocabulary import Door, Role

TEST_EVERY: Final = timedelta(seconds=10)
LEASE: Final = timedelta(minutes=1)  # for one look, which ends within seconds
_draw = random.SystemRandom().random


@dataclass(frozen=True)
class Looked:
    """Which integration was looked at, and by whom; None: the schedule. A look without a ticket
    is made by whoever asked for it, and takes nobody's place."""

    row: Integration
    by: Actor | None
    ticket: str = ""


@transaction.atomic
def take_turn(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """Note that somebody has it looked at. Raises NotPermitted, NotFound, or TooMany right after
    another time."""
    check_may(by, Permission.WRITE_INTEGRATIONS)
    row = _found(integration_id, by)
    if row.tested_at and now - row.tested_at < TEST_EVERY:
        seconds = int(TEST_EVERY.total_seconds())
        raise TooMany("It was tested a moment ago; wait a few seconds.", retry_after=seconds)
    row.tested_at = now
    row.save(update_fields=["tested_at"])
    audit.record(by=by, action="integration.tested", about=row, now=now)
    return row


@transaction.atomic
def ask(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """Have a worker look at it now. Raises as `take_turn` does."""
    row = take_turn(integration_id=integration_id, by=by, now=now)
    row.next_check_at, row.asked_by = now, by.user
    row.save(update_fields=["next_check_at", "asked_by"])
    return row


@transaction.atomic
def begin(*, integration_id: str, ticket: str, now: datetime) -> Looked | None:
    """Leave to look, if this ticket is the latest and unused, and the look still wanted."""
    rows = Integration.objects.select_for_update(of=("self",)).select_related("tenant", "asked_by")
    row = rows.filter(pk=integration_id, ticket=ticket, next_check_at__isnull=False).first()
    if row is None or row.lease_until is not None:
        return None
    row.lease_until = row.next_check_at = now + LEASE
    row.save(update_fields=["lease_until", "next_check_at"])
    return Looked(row, _asker(row), ticket)


@transaction.atomic
def keep(looked: Looked, probed: Probed, *, now: datetime) -> Integration | None:
    """Store what was found and move the integration where it leads. None if what was asked is not
    what is configured now, or somebody else looks by now: then it says nothing."""
    row = Integration.objects.select_for_update(of=("self",)).get(pk=looked.row.pk)
    if row.deleted_at is not None or (looked.ticket and looked.ticket != row.ticket):
        return None
    if (row.credential_ref, row.config) != (looked.row.credential_ref, looked.row.config):
        return None
    found = probed.finding
    before = IntegrationStatus(row.status)
    after = health.status_after(found, status=before, forced=looked.by is not None)
    if before is IntegrationStatus.ENABLED:
        row.failing_since = health.failing_since(
            found, earlier=_earlier(row), since=row.failing_since, now=now
        )
    row.health_state, row.health_message, row.health_checked_at = found.state, found.message, now
    row.status, row.updated_at = after, now
    row.next_check_at = _next(row, now) if after is IntegrationStatus.ENABLED else None
    row.ticket, row.lease_until, row.asked_by = "", None, None
    row.save()
    _written(row, probed, looked.by, now=now)
    if after is not before:
        by = looked.by or system_actor(row.tenant)
        audit.record(
            by=by, action=f"integration.{after}", about=row, before={"status": before},
            after={"status": after}, note=found.message, now=now,
        )  # fmt: skip
    return row


def _found(integration_id: str, by: Actor) -> Integration:
    rows = Integration.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    row = rows.select_related("tenant").filter(pk=integration_id).first()
    if row is None:
        raise NotFound("There is no such integration.")
    return row


def _asker(row: Integration) -> Actor | None:
    """Who waits for the look, an admin when they asked."""
    if row.asked_by is None:
        return None
    label = str(row.asked_by)
    return Actor(tenant=row.tenant, user=row.asked_by, role=Role.ADMIN, door=Door.WEB, label=label)


def _earlier(row: Integration) -> list[HealthState]:
    states = row.health_checks.newest_first().values_list("state", flat=True)
    return [HealthState(one) for one in states[: health.WATCHED - 1]]


def _written(row: Integration, probed: Probed, by: Actor | None, *, now: datetime) -> None:
    HealthCheck.objects.create(
        tenant_id=row.tenant_id, integration=row, at=now, state=probed.finding.state,
        error=probed.finding.error, message=probed.finding.message, latency_ms=probed.latency_ms,
        stages=[dict(one) for one in probed.stages], by_person=by is not None,
    )  # fmt: skip


def _next(row: Integration, now: datetime) -> datetime:
    return health.next_look(now, every=row.check_every, draw=_draw())
