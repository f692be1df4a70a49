"""What the loop is told of: a provider that fails, a limit that is spent, calls without a price."""

from datetime import datetime

from integrations.engine.reporting import Trouble, report
from integrations.models import Integration
from integrations.probes import Probed


def report_failing(row: Integration, probed: Probed, *, now: datetime) -> None:
    """One incident for the time an integration is in trouble, however often it is looked at."""
    found = probed.finding
    stage = next((one["name"] for one in probed.stages if not one["is_good"]), "")
    assert row.failing_since is not None
    trouble = Trouble(
        external_id=f"integration-failing:{row.pk}:{row.failing_since.isoformat()}",
        error_type="integration_failing",
        error_code=found.error,
        title=f"{row.name} fails: {found.message}",
        message=found.message,
        occurred_at=row.failing_since,
        context={
            "integration_id": row.pk,
            "integration": row.name,
            "provider": row.provider_type,
            "stage": stage,
            "status": row.status,
        },
    )
    report(trouble, tenant=row.tenant, now=now)
