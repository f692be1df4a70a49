"""Reading and changing how a tenant wants its people to be asked."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from loops.domain.asking import Rules, faults_of
from loops.domain.states import Risk
from loops.models import CheckpointConfig
from m25console import audit
from m25console.access import Actor, check_administers
from m25console.models import Tenant
from m25console.refusals import InvalidInput
from m25console.rows import hold

DEFAULT: Final = Rules()


def rules_of(tenant: Tenant) -> Rules:
    """The tenant's rules; one query."""
    return rules_by_tenant([tenant.pk]).get(tenant.pk, DEFAULT)


def rules_by_tenant(tenant_ids: Iterable[str]) -> dict[str, Rules]:
    """The rules of those tenants that made their own; one query."""
    rows = CheckpointConfig.objects.filter(tenant__in=list(tenant_ids))
    return {row.tenant_id: _rules(row) for row in rows}


@transaction.atomic
def change(*, rules: Rules, by: Actor, now: datetime) -> Rules:
    """Set the tenant's rules; questions already asked keep those they were raised under.

    Raises NotPermitted unless an admin asks, and InvalidInput, having changed nothing.
    """
    check_administers(by)
    faults = faults_of(rules)
    if faults:
        raise InvalidInput.of(faults)
    hold(by.tenant)
    row = CheckpointConfig.objects.filter(tenant=by.tenant).first()
    before = as_json(_rules(row) if row else DEFAULT)
    after = as_json(rules)
    if before != after:
        row = row or CheckpointConfig(tenant=by.tenant)
        for name, value in after.items():
            setattr(row, name, value)
        row.updated_at = now
        row.save()
        audit.record(
            by=by, action="checkpoint_rules.changed", about=row, before=before, after=after,
            now=now,
        )  # fmt: skip
    return rules


def as_json(rules: Rules) -> dict[str, Any]:
    """The rules as their columns hold them."""
    return asdict(rules) | {
        "enabled_types": sorted(rules.enabled_types),
        "blocking_checkpoints": sorted(rules.blocking_checkpoints),
        "priority_overrides": dict(sorted(rules.priority_overrides.items())),
        "silence": dict(sorted(rules.silence.items())),
    }


def _rules(row: CheckpointConfig) -> Rules:
    return Rules(
        enabled_types=frozenset(row.enabled_types),
        priority_overrides=row.priority_overrides,
        blocking_checkpoints=frozenset(row.blocking_checkpoints),
        auto_approve_confidence=row.auto_approve_confidence,
        auto_dismiss_after_hours=row.auto_dismiss_after_hours,
        max_pending_checkpoints=row.max_pending_checkpoints,
        silence=row.silence,
        quiet_hours=row.quiet_hours,
        hold_seconds=row.hold_seconds,
        two_people_from=Risk(row.two_people_from) if row.two_people_from else None,
        blind_second_opinion=row.blind_second_opinion,
        claim_minutes=row.claim_minutes,
    )
