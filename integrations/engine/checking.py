"""Looking at an integration: read its key, ask its provider, keep what came of it.

Nothing is locked while the provider is asked.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connections, transaction
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
AT_ONCE: Final = 20  # looks of one run of the job; each ends within ten seconds
LEASE: Final = timedelta(minutes=1)
log = structlog.get_logger(__name__)


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


def check_due(now: datetime) -> Mapping[str, Any]:
    """Look at the integrations whose time has come, several at once, so that one that is slow
    does not delay the others; who looks at one puts its next time off first."""
    due = _taken(now)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check") as pool:
        results = list(pool.map(_looked_at, due))
    return {"checked": sum(results), "failed": len(results) - sum(results)}


def _taken(now: datetime) -> list[Integration]:
    """Some that are due, taken by nobody else for as long as a look can last."""
    rows = Integration.objects.enabled().filter(next_check_at__lte=now)
    with transaction.atomic():
        due = list(
            rows.select_related("tenant")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("next_check_at", "id")[:AT_ONCE]
        )
        Integration.objects.filter(pk__in=[one.pk for one in due]).update(next_check_at=now + LEASE)
    return due


def _looked_at(row: Integration) -> bool:
    """One look on a thread of its own, which leaves no connection behind."""
    try:
        look_at(row, by=None, now=timezone.now(), forced=True)
    except Exception:
        log.exception("a check failed", integration=row.pk)
        return False
    finally:
        connections.close_all()
    return True


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
