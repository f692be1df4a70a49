"""What a tenant's limits are kept by: chosen for all, or for one integration."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from integrations.actions.integrations import locked
from integrations.domain import limits
from integrations.domain.enforcement import Limits
from integrations.domain.states import FailMode
from integrations.models import EnforcementConfig, Integration, LimitRaise
from integrations.permissions import check_can_enforce, check_can_observe, check_can_raise
from m25console import audit
from m25console.access import Actor, check_connects
from m25console.models import Tenant
from m25console.refusals import InvalidInput, WrongState
from m25console.rows import hold

MAX_REASON: Final = 500


@dataclass(frozen=True)
class WantedRaise:
    """Higher limits for a while; 0 leaves a limit as it is."""

    limits: Limits
    until: datetime
    reason: str


def config_of(tenant: Tenant) -> EnforcementConfig:
    """What the tenant chose, or what holds until it does."""
    return EnforcementConfig.objects.filter(pk=tenant.pk).first() or EnforcementConfig(
        tenant=tenant
    )


@transaction.atomic
def set_up(
    *, fail_mode: FailMode, warn_at: Sequence[int], by: Actor, now: datetime
) -> EnforcementConfig:
    """Choose for all integrations. Raises NotPermitted or InvalidInput."""
    check_connects(by)
    if faults := limits.faults_of_thresholds(warn_at):
        raise InvalidInput.of({"warn_at": faults})
    hold(by.tenant)
    row = config_of(by.tenant)
    before = {"fail_mode": str(row.fail_mode), "warn_at": row.warn_at}
    row.fail_mode, row.warn_at, row.updated_at = fail_mode, sorted(warn_at), now
    row.save()
    after = {"fail_mode": str(row.fail_mode), "warn_at": row.warn_at}
    audit.record(by=by, action="limits.set_up", about=row, before=before, after=after, now=now)
    return row


@transaction.atomic
def enforce(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """From now on its limits stop calls. Raises NotFound, NotPermitted or WrongState."""
    row = locked(integration_id, by)
    check_can_enforce(row, by)
    return _switched(row, enforces=True, by=by, now=now)


@transaction.atomic
def observe(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """From now on its limits only tell what they would have stopped. Raises NotFound,
    NotPermitted or WrongState."""
    row = locked(integration_id, by)
    check_can_observe(row, by)
    return _switched(row, enforces=False, by=by, now=now)


@transaction.atomic
def raise_limits(
    *, integration_id: str, wanted: WantedRaise, by: Actor, now: datetime
) -> LimitRaise:
    """Let more through until a moment, in place of a raise that is there. Raises NotFound,
    NotPermitted, WrongState or InvalidInput."""
    row = locked(integration_id, by)
    check_can_raise(row, by)
    if wrong := _faults(row, wanted, now):
        raise InvalidInput.of(wrong)
    raised = LimitRaise(
        integration=row, tenant=by.tenant, budget_limit_cents=wanted.limits.budget_cents,
        token_limit_month=wanted.limits.tokens, rate_limit_rpm=wanted.limits.calls_per_minute,
        until=wanted.until, reason=wanted.reason.strip(), approved_by=by.user, created_at=now,
    )  # fmt: skip
    raised.save()
    audit.record(
        by=by, action="integration.limits_raised", about=row, after=_told(raised),
        note=raised.reason, now=now,
    )  # fmt: skip
    return raised


@transaction.atomic
def end_raise(*, integration_id: str, by: Actor, now: datetime) -> Integration:
    """Let the limits hold as they are set again. Raises NotFound, NotPermitted or WrongState."""
    row = locked(integration_id, by)
    check_connects(by)
    raised = row.raised_at(now)
    if raised is None:
        raise WrongState("Its limits are not raised.")
    raised.delete()
    audit.record(by=by, action="integration.raise_ended", about=row, before=_told(raised), now=now)
    return row


def _switched(row: Integration, *, enforces: bool, by: Actor, now: datetime) -> Integration:
    before, row.enforces, row.updated_at = row.enforces, enforces, now
    row.save(update_fields=["enforces", "updated_at"])
    audit.record(
        by=by, action=f"integration.limits_{'enforced' if enforces else 'observed'}", about=row,
        before={"enforces": before}, after={"enforces": enforces}, now=now,
    )  # fmt: skip
    return row


def _faults(row: Integration, wanted: WantedRaise, now: datetime) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    kept = Limits(row.budget_limit_cents, row.token_limit_month, row.rate_limit_rpm)
    figures = (wanted.limits.budget_cents, wanted.limits.tokens, wanted.limits.calls_per_minute)
    if any(not 0 <= one <= limits.MAX_LIMIT for one in figures):
        wrong["limits"] = [f"Enter numbers from 0 to {limits.MAX_LIMIT:,}."]
    elif not limits.raises_anything(kept, wanted.limits):
        wrong["limits"] = ["Enter more than the limit that is set, for at least one of them."]
    if not now < wanted.until <= now + limits.RAISED_FOR:
        wrong["until"] = [f"Choose a day of the next {limits.RAISED_FOR.days}."]
    if not wanted.reason.strip() or len(wanted.reason) > MAX_REASON:
        wrong["reason"] = [f"Say why, in at most {MAX_REASON} characters."]
    return wrong


def _told(raised: LimitRaise) -> dict[str, Any]:
    return {
        "budget_limit_cents": raised.budget_limit_cents,
        "token_limit_month": raised.token_limit_month,
        "rate_limit_rpm": raised.rate_limit_rpm,
        "until": raised.until.isoformat(),
    }
