"""How recoveries went, in numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from loops.domain.states import ExecutionStatus, RecoveryStatus, Verification
from loops.models import RecoveryCandidate
from m25console.models import Tenant

AGREED = (RecoveryStatus.APPROVED, RecoveryStatus.APPLIED, RecoveryStatus.ROLLED_BACK)


@dataclass(frozen=True)
class RecoveryFigures:
    """Recoveries suggested since a moment, as they stand now."""

    by_status: Mapping[RecoveryStatus, int]
    by_execution: Mapping[ExecutionStatus, int]
    by_verification: Mapping[Verification, int]

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def approval_rate(self) -> float:
        """The share of what was decided that was approved; 0 if nothing was."""
        agreed = sum(self.by_status.get(status, 0) for status in AGREED)
        decided = agreed + self.by_status.get(RecoveryStatus.REJECTED, 0)
        return round(agreed / decided, 4) if decided else 0.0


def recovery_figures(tenant: Tenant, *, since: datetime) -> RecoveryFigures:
    """The figures of one tenant: one query over what was suggested since."""
    rows = RecoveryCandidate.objects.for_tenant(tenant).filter(created_at__gte=since).order_by()
    by_status: Counter[RecoveryStatus] = Counter()
    by_execution: Counter[ExecutionStatus] = Counter()
    by_verification: Counter[Verification] = Counter()
    counted = rows.values_list("status", "execution_status", "verification").annotate(n=Count("pk"))
    for status, execution, verification, times in counted:
        by_status[RecoveryStatus(status)] += times
        if execution:
            by_execution[ExecutionStatus(execution)] += times
        if verification:
            by_verification[Verification(verification)] += times
    return RecoveryFigures(by_status, by_execution, by_verification)
