"""Looking at an integration: read its key, ask its provider, keep what came of it.

Nothing is locked while the provider is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from integrations import probes, vault
from integrations.actions import health as keeping
from integrations.actions.integrations import Wanted, check
from integrations.domain import health
from integrations.domain.states import Accessor, HealthState, Provider
from integrations.models import Integration
from integrations.probes import Probed
from integrations.vault import CannotResolve, Reader
from m25console.access import Actor, check_administers
from m25console.models import Tenant
from m25console.refusals import TooMany

TEST_EVERY: Final = timedelta(seconds=10)


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
    probed = _asked(row, by=by, now=now)
    done = timezone.now()
    keeping.keep(keeping.Looked(row, by), probed, now=done)
    found = probed.finding
    return Result(found.state, found.message, found.error, done, probed.latency_ms, probed.stages)


def test(row: Integration, *, by: Actor, now: datetime) -> Result:
    """A look that somebody asks for. Raises NotPermitted, or TooMany right after another."""
    check_administers(by)
    _take_turn(row, now)
    return look_at(row, by=by, now=now, forced=True)


def try_out(wanted: Wanted, *, secret: str, by: Actor, now: datetime) -> Probed:
    """What an integration that is not saved would be found to be; writes nothing but the read of
    a stored credential. `secret` is a key just entered, or empty to use the reference.

    Raises NotPermitted, InvalidInput or ForbiddenUrl.
    """
    check_administers(by)
    check(wanted, tenant=by.tenant, has_key=bool(secret))
    if not secret:
        try:
            secret = vault.resolve(wanted.credential_ref, by=_reader(by.tenant, by, now))
        except CannotResolve as unreadable:
            return probes.unresolved(str(unreadable))
    return probes.probe(wanted.provider, config=wanted.config, secret=secret)


def _asked(row: Integration, *, by: Actor | None, now: datetime) -> Probed:
    try:
        secret = vault.resolve(row.credential_ref, by=_reader(row.tenant, by, now))
    except CannotResolve as unreadable:
        return probes.unresolved(str(unreadable))
    return probes.probe(Provider(row.provider_type), config=row.config, secret=secret)


def _reader(tenant: Tenant, by: Actor | None, now: datetime) -> Reader:
    label = f"health check, asked for by {by.label}" if by else "health check"
    return Reader(tenant=tenant, accessor=Accessor.SYSTEM, label=label, now=now)


@transaction.atomic
def _take_turn(row: Integration, now: datetime) -> None:
    locked = Integration.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.tested_at and now - locked.tested_at < TEST_EVERY:
        seconds = int(TEST_EVERY.total_seconds())
        raise TooMany("It was tested a moment ago; wait a few seconds.", retry_after=seconds)
    locked.tested_at = now
    locked.save(update_fields=["tested_at"])
