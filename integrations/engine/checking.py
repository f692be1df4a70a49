"""Looking at an integration: read its key, ask its provider, keep what came of it.

Nothing is locked while the provider is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from integrations import probes, vault
from integrations.actions import integration_looks
from integrations.actions.integrations import Wanted, check, check_addresses
from integrations.actions.looks import Looked
from integrations.domain import health
from integrations.domain.states import Accessor, HealthState, Provider
from integrations.engine import troubles
from integrations.models import Integration
from integrations.probes import Probed
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor, check_connects
from m25console.errands import Call, Errands
from m25console.models import Tenant

ERRANDS: Final = Errands(
    Integration, task="integrations.check", argument="integration_id", due="next_check_at",
    turns_of="tenant_id", queue="checks", hurry="asked_by_id IS NOT NULL",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """How an integration is; `is_cached` if it was not asked again."""

    state: HealthState
    message: str
    error: str
    checked_at: datetime | None
    latency_ms: int | None = None
    stages: tuple[Mapping[str, Any], ...] = ()
    is_cached: bool = False


def look_at(row: Integration, *, by: Actor | None, now: datetime, forced: bool = False) -> Result:
    """Ask the provider, unless that was done within the last minute and nobody insists."""
    if not forced and health.is_fresh(row.health_checked_at, now=now):
        state = HealthState(row.health_state)
        return Result(state, row.health_message, "", row.health_checked_at, is_cached=True)
    return _result(*_looked(Looked(row, by), now=now))


def test(row: Integration, *, by: Actor, now: datetime) -> Result:
    """A look that somebody waits for. Raises NotPermitted, NotFound, or TooMany right after
    another."""
    row = integration_looks.take_turn(integration_id=row.pk, by=by, now=now)
    return look_at(row, by=by, now=now, forced=True)


def look(call: Call) -> bool:
    """The look that a worker was called to; False for a call that is outdated or void."""
    looked = integration_looks.begin(call, now=timezone.now())
    if looked is None:
        return False
    _looked(looked, now=timezone.now())
    return True


def try_out(wanted: Wanted, *, secret: str, by: Actor, now: datetime) -> Probed:
    """What an integration that is not saved would be found to be; writes nothing but the read of
    a stored credential. `secret` is a key just entered, or empty to use the reference.

    Raises NotPermitted, InvalidInput or ForbiddenUrl.
    """
    check_connects(by)
    check(wanted, tenant=by.tenant, has_key=bool(secret))
    check_addresses(wanted.provider, wanted.config)
    if not secret:
        try:
            secret = vault.resolve(wanted.credential_ref, by=_reader(by.tenant, by, now))
        except CannotResolve as unreadable:
            return probes.unresolved(str(unreadable))
    return probes.probe(wanted.provider, config=wanted.config, secret=secret)


def _looked(looked: Looked[Integration], *, now: datetime) -> tuple[Probed, datetime]:
    """Ask, keep what was found, and tell the loop of trouble, all of the last or nothing."""
    probed = _asked(looked.row, by=looked.by, now=now)
    done = timezone.now()
    with transaction.atomic():
        row = integration_looks.keep(looked, probed, now=done)
        if row is not None and row.failing_since is not None:
            troubles.report_failing(row, probed, now=done)
    return probed, done


def _result(probed: Probed, at: datetime) -> Result:
    found = probed.finding
    return Result(found.state, found.message, found.error, at, probed.latency_ms, probed.stages)


def _asked(row: Integration, *, by: Actor | None, now: datetime) -> Probed:
    try:
        secret = vault.resolve(row.credential_ref, by=_reader(row.tenant, by, now))
    except CannotResolve as unreadable:
        return probes.unresolved(str(unreadable))
    return probes.probe(Provider(row.provider_type), config=row.config, secret=secret)


def _reader(tenant: Tenant, by: Actor | None, now: datetime) -> Reader:
    label = f"health check, asked for by {by.label}" if by else "health check"
    return Reader(tenant=tenant, accessor=Accessor.SYSTEM, label=label, now=now)
