"""Looks at integrations: who asks for one, who makes it, and what follows from what is found."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from integrations.actions import looks
from integrations.actions.integrations import locked
from integrations.actions.looks import Looked
from integrations.domain import health
from integrations.domain.states import HealthState, IntegrationStatus
from integrations.models import HealthCheck, Integration
from integrations.probes import Probed
from m25console import audit
from m25console.access import Actor, check_may
from m25console.errands import Call
from m25console.refusals import check_pause
from m25console.rights import Permission

TEST_EVERY: Final = timedelta(seconds=10)
_draw = random.SystemRandom().random


@transaction.atomic
def take_turn(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """Note that somebody has it looked at. Raises NotPermitted, NotFound, or TooMany right after
    another time."""
    check_may(by, Permission.WRITE_INTEGRATIONS)
    row = locked(integration_id, by)
    check_pause(row.tested_at, least=TEST_EVERY, now=now, told="It was tested")
    row.tested_at = now
    row.save(update_fields=["tested_at"])
    audit.record(by=by, action="integration.tested", about=row, now=now)
    return row


@transaction.atomic
def ask(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """Have a worker look at it now. Raises as `take_turn` does."""
    row = take_turn(integration_id=integration_id, by=by, now=now)
    looks.ask(row, by=by, now=now)
    return row


def begin(call: Call, *, now: datetime) -> Looked[Integration] | None:
    """Leave to look, as `looks.begin` gives it."""
    return looks.begin(Integration.objects.select_related("asked_by"), call, now=now)


@transaction.atomic
def keep(looked: Looked[Integration], probed: Probed, *, now: datetime) -> Integration | None:
    """Store what was found and move the integration where it leads. None if what was asked is not
    what is configured now, or somebody else looks by now: then it says nothing."""
    row = Integration.objects.select_for_update(of=("self",)).get(pk=looked.row.pk)
    if row.deleted_at is not None or not looked.may_speak(row):
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
    looks.ended(row, again=_next(row, now) if after is IntegrationStatus.ENABLED else None)
    row.save()
    _written(row, probed, looked.by, now=now)
    if after is not before:
        audit.record(
            by=looked.actor, action=f"integration.{after}", about=row, before={"status": before},
            after={"status": after}, note=found.message, now=now,
        )  # fmt: skip
    return row


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
