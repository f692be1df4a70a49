"""Forgetting what nobody asks for any more."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from integrations.models import (
    EnforcementDecision,
    EnforcementTally,
    HealthCheck,
    McpLook,
    SourceCheck,
)

KEPT_FOR: Final = timedelta(days=90)
AT_ONCE: Final = 50_000  # rows of one run, so that a transaction stays short


def forget(now: datetime) -> Mapping[str, Any]:
    """Delete looks and answers older than ninety days, and how many of these there were."""
    before = (now - KEPT_FOR).astimezone(UTC).date()
    tallies = EnforcementTally.objects.filter(day__lt=before).order_by("day")
    return {
        "checks": _delete(HealthCheck, now),
        "decisions": _delete(EnforcementDecision, now),
        "tallies": EnforcementTally.objects.filter(
            pk__in=list(tallies.values_list("pk", flat=True)[:AT_ONCE])
        ).delete()[0],
        "mcp_looks": _delete(McpLook, now),
        "source_checks": _delete(SourceCheck, now),
    }


def _delete(
    table: type[HealthCheck | EnforcementDecision | McpLook | SourceCheck], now: datetime
) -> int:
    rows = table._default_manager
    old = rows.filter(at__lt=now - KEPT_FOR).order_by("at").values_list("pk", flat=True)
    return rows.filter(pk__in=list(old[:AT_ONCE])).delete()[0]
