"""What the loop is told of: what fails that was in use, and calls that have no price."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Sum

from integrations.domain import usage
from integrations.drivers.looking import Seen
from integrations.engine.reporting import Trouble, report
from integrations.models import Connector, ConnectorCall, DataSource, Integration, UsageDay
from integrations.probes import Probed
from loops.domain.states import Severity
from m25console.models import Tenant

RECENT: Final = timedelta(days=2)  # of calls that are looked at for their prices


def report_failing(row: Integration, probed: Probed, *, now: datetime) -> None:
    """One incident for the time an integration is in trouble, however often it is looked at."""
    found = probed.finding
    stage = next((one["name"] for one in probed.stages if not one["is_good"]), "")
    context = {
        "integration_id": row.pk,
        "integration": row.name,
        "provider": row.provider_type,
        "stage": stage,
        "status": row.status,
    }
    _report(row, "integration", "fails", found.error, found.message, context=context, now=now)


def report_source(row: DataSource, seen: Seen, *, now: datetime) -> None:
    """One incident for the time a data source that is in use does not work, until it does."""
    context = {
        "source_id": row.pk,
        "source": row.name,
        "source_type": row.source_type,
        "stage": seen.error,
    }
    _report(row, "data-source", "is not reached", seen.error, seen.message,
            context=context, now=now)  # fmt: skip


def report_connector(row: Connector, call: ConnectorCall, *, now: datetime) -> None:
    """One incident for the time that calls through a connector fail, until one goes well."""
    context = {
        "connector_id": row.pk,
        "connector": row.name,
        "connector_type": row.connector_type,
        "action": call.action,
        "call_id": call.pk,
    }
    _report(row, "connector", "fails", call.error_code, call.error, context=context, now=now)


def _report(
    row: Integration | DataSource | Connector, noun: str, verb: str, code: str, message: str,
    *, context: Mapping[str, Any], now: datetime,
) -> None:  # fmt: skip
    """One incident for each time since which something fails."""
    assert row.failing_since is not None
    trouble = Trouble(
        external_id=f"{noun}-failing:{row.pk}:{row.failing_since.isoformat()}",
        error_type=f"{noun.replace('-', '_')}_failing",
        error_code=code,
        title=f"{row.name} {verb}: {message}",
        message=message,
        occurred_at=row.failing_since,
        context=context,
    )
    report(trouble, tenant=row.tenant, now=now)


def report_unpriced(now: datetime) -> Mapping[str, Any]:
    """One incident a month for each tenant too many of whose recent calls have no price."""
    sums = (
        UsageDay.objects.filter(date__gt=(now.astimezone(UTC) - RECENT).date())
        .values("tenant_id")
        .annotate(calls=Sum("total_calls"), unpriced=Sum("unpriced_count"))
        .filter(unpriced__gt=0)
        .order_by("tenant_id")
    )
    found = {
        one["tenant_id"]: one
        for one in sums
        if usage.is_too_unpriced(calls=one["calls"], unpriced=one["unpriced"])
    }
    for tenant in Tenant.objects.filter(pk__in=found):
        _report_unpriced(tenant, found[tenant.pk], now)
    return {"tenants": len(found)}


def _report_unpriced(tenant: Tenant, sums: Mapping[str, Any], now: datetime) -> None:
    share = 100 * sums["unpriced"] / sums["calls"]
    trouble = Trouble(
        external_id=f"usage-unpriced:{now.astimezone(UTC):%Y-%m}",
        error_type="usage_unpriced",
        title=f"{share:.0f}% of the calls have no price",
        message=(
            f"{sums['unpriced']:,} of {sums['calls']:,} calls of the last two days are of models "
            "without a price: budgets count them as their callers report."
        ),
        severity=Severity.MEDIUM,
        context={"calls": sums["calls"], "unpriced": sums["unpriced"]},
    )
    report(trouble, tenant=tenant, now=now)
