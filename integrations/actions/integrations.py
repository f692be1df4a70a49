"""Registering, changing, switching and deleting a tenant's connections to providers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from integrations.actions import addresses, naming
from integrations.domain import configs, health, references
from integrations.domain.limits import MAX_LIMIT
from integrations.domain.states import (
    INTEGRATION_MOVES,
    HealthState,
    IntegrationStatus,
    Provider,
)
from integrations.models import Integration
from integrations.permissions import check_can_disable, check_can_enable
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import check_room, found, hold

MOST: Final = 500  # of one tenant
MAX_NAME: Final = 255
MAX_MODEL: Final = 100
MAX_REASON: Final = 500


@dataclass(frozen=True)
class Wanted:
    """An integration as somebody wants it; cents and tokens a month, calls a minute; 0 is no
    limit. `enforces` False: its limits only tell what they would have stopped."""

    name: str
    provider: Provider
    credential_ref: str
    config: Mapping[str, str] = field(default_factory=dict)
    default_model: str | None = None
    budget_limit_cents: int = 0
    token_limit_month: int = 0
    rate_limit_rpm: int = 0
    enforces: bool = True
    check_every_seconds: int = health.EVERY


@transaction.atomic
def create(*, wanted: Wanted, by: Actor, now: datetime) -> Integration:
    """A new integration, not yet enabled, whose addresses were checked. Raises NotPermitted,
    InvalidInput, or WrongState for a name that is taken."""
    check_connects(by)
    check(wanted, tenant=by.tenant)
    hold(by.tenant)
    check_room(Integration.objects.for_tenant(by.tenant), most=MOST, noun="integrations")
    row = Integration(tenant=by.tenant, created_by=by.user, created_at=now, updated_at=now)
    _fill(row, wanted)
    _saved(row, is_new=True)
    audit.record(by=by, action="integration.created", about=row, after=told(row), now=now)
    return row


@transaction.atomic
def change(*, integration_id: str, wanted: Wanted, by: Actor, now: datetime) -> Integration:
    """Set everything but its provider's kind; a new credential or address, which was checked, makes
    its health unknown. Raises NotFound, NotPermitted, InvalidInput or WrongState."""
    row = locked(integration_id, by)
    check_connects(by)
    if wanted.provider != row.provider_type:
        raise InvalidInput("An integration keeps its provider; make a new one instead.")
    check(wanted, tenant=by.tenant)
    before, reached_by = told(row), (row.credential_ref, row.config)
    _fill(row, wanted)
    if reached_by != (row.credential_ref, row.config):
        row.health_state, row.health_message, row.health_checked_at = HealthState.UNKNOWN, "", None
        row.failing_since = None
        row.next_check_at = now if row.status == IntegrationStatus.ENABLED else None
    row.updated_at = now
    _saved(row)
    audit.record(
        by=by, action="integration.changed", about=row, before=before, after=told(row), now=now
    )
    return row


@transaction.atomic
def enable(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """Let it be used, and be looked at from now on. Raises NotFound, NotPermitted or WrongState."""
    row = locked(integration_id, by)
    check_can_enable(row, by)
    row.next_check_at = now
    _move(row, IntegrationStatus.ENABLED, by=by, now=now)
    return row


@transaction.atomic
def disable(*, integration_id: str, by: Actor, now: datetime, reason: str = "") -> Integration:
    """Pause it; the reason, if there is one, goes on record. Raises NotFound, NotPermitted,
    WrongState, or InvalidInput for a reason that is too long."""
    if len(reason) > MAX_REASON:
        raise InvalidInput(f"Say why in at most {MAX_REASON} characters.")
    row = locked(integration_id, by)
    check_can_disable(row, by)
    row.next_check_at = None
    _move(row, IntegrationStatus.DISABLED, by=by, now=now, note=reason.strip())
    return row


@transaction.atomic
def delete(*, integration_id: str, by: Actor, now: datetime) -> None:
    """Take it away; what was used through it stays. Raises NotFound or NotPermitted."""
    row = locked(integration_id, by)
    check_connects(by)
    before = told(row)
    row.status, row.deleted_at, row.updated_at = IntegrationStatus.DISABLED, now, now
    row.next_check_at = None
    row.save()
    row.keys.filter(revoked_at__isnull=True).update(revoked_at=now)
    audit.record(by=by, action="integration.deleted", about=row, before=before, now=now)


def check(wanted: Wanted, *, tenant: Tenant, has_key: bool = False) -> None:
    """Raises InvalidInput with every fault by field. With a key at hand that is yet to be stored,
    the reference may be missing."""
    wrong = _faults(wanted)
    try:
        if not has_key:
            references.parse(
                wanted.credential_ref,
                tenant_id=tenant.pk,
                is_development=settings.CREDENTIALS_FROM_ENVIRONMENT,
            )
    except references.ReferenceFault as fault:
        wrong["credential_ref"] = [str(fault)]
    if wrong:
        raise InvalidInput.of(wrong)


def check_addresses(provider: Provider, config: Mapping[str, str]) -> None:
    """Raises ForbiddenUrl for an address that may not be called. Asks for the names of servers: not
    for use in a transaction."""
    if not configs.faults(provider, config):
        addresses.check(configs.urls(provider, config).values())


def _faults(wanted: Wanted) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not wanted.name.strip() or len(wanted.name) > MAX_NAME:
        wrong["name"] = [f"Give it a name of at most {MAX_NAME} characters."]
    if len(wanted.default_model or "") > MAX_MODEL:
        wrong["default_model"] = [f"A model's name has at most {MAX_MODEL} characters."]
    for name in ("budget_limit_cents", "token_limit_month", "rate_limit_rpm"):
        if not 0 <= getattr(wanted, name) <= MAX_LIMIT:
            wrong[name] = [f"Enter a number from 0, for no limit, to {MAX_LIMIT:,}."]
    if fault := health.interval_fault(wanted.check_every_seconds):
        wrong["check_every_seconds"] = [fault]
    faults = configs.faults(wanted.provider, wanted.config)
    return wrong | {name: [told] for name, told in faults.items()}


def told(row: Integration) -> dict[str, Any]:
    """The integration as the audit keeps it; the reference is masked."""
    return {
        "name": row.name,
        "provider": str(row.provider_type),
        "credential": references.masked(row.credential_ref),
        "config": dict(row.config),
        "status": str(row.status),
        "default_model": row.default_model,
        "budget_limit_cents": row.budget_limit_cents,
        "token_limit_month": row.token_limit_month,
        "rate_limit_rpm": row.rate_limit_rpm,
        "enforces": row.enforces,
        "check_every_seconds": row.check_every_seconds,
    }


def locked(integration_id: str, by: Actor) -> Integration:
    """The row, locked for a change. Raises NotFound."""
    rows = Integration.objects.for_tenant(by.tenant).select_for_update(of=("self",))
    return found(rows.select_related("tenant"), integration_id, noun="integration")


def _move(
    row: Integration, to: IntegrationStatus, *, by: Actor, now: datetime, note: str = ""
) -> None:
    before = IntegrationStatus(row.status)
    if to not in INTEGRATION_MOVES[before]:
        raise WrongState(f"An integration that is {before} cannot become {to}.")
    row.status, row.updated_at = to, now
    row.save()
    audit.record(
        by=by, action=f"integration.{to}", about=row, before={"status": before},
        after={"status": to}, note=note, now=now,
    )  # fmt: skip


def _fill(row: Integration, wanted: Wanted) -> None:
    row.name, row.provider_type = wanted.name.strip(), wanted.provider
    row.credential_ref = wanted.credential_ref.strip()
    row.config = {name: value for name, value in wanted.config.items() if value}
    row.default_model = wanted.default_model or None
    row.budget_limit_cents = wanted.budget_limit_cents
    row.token_limit_month = wanted.token_limit_month
    row.rate_limit_rpm = wanted.rate_limit_rpm
    row.enforces = wanted.enforces
    row.check_every_seconds = wanted.check_every_seconds


def _saved(row: Integration, *, is_new: bool = False) -> None:
    naming.save(row, constraint="integration_name_once", noun="an integration", is_new=is_new)
