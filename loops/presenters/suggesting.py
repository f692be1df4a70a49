"""What to try for a failure: from earlier ones like it, and from the rules."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loops.domain import recovery_matching, recovery_rules
from loops.domain.recovery_rules import Facts, Selection
from loops.domain.states import ErrorCategory, ExecutionStatus, RecoveryMode
from loops.models import FailureMatch
from m25console.models import Tenant

COUNTED: Final = 1000  # failures of one code
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Suggested:
    """A suggestion with what it rests on."""

    text: str
    confidence: float
    category: ErrorCategory
    mode: RecoveryMode
    signature: str
    occurrences: int
    selection: Selection


def suggest(tenant: Tenant, *, code: str, message: str, now: datetime) -> Suggested:
    """What to try, by the failures of this code in the last seven days; two queries."""
    past = _past(tenant, code)
    since = now - recovery_matching.LOOKED_BACK
    recent = FailureMatch.objects.for_tenant(tenant).filter(error_code=code, created_at__gte=since)
    occurrences = recent.order_by()[:COUNTED].count() + 1
    selection = _selection(past, code=code, occurrences=occurrences, now=now)
    helped = next((one for one in past if _succeeded(one) and one.suggestion), None)
    return Suggested(
        text=helped.suggestion if helped else recovery_matching.hint_for(code),
        confidence=selection.matcher,
        category=recovery_matching.category_of(code=code, message=message),
        mode=recovery_matching.mode_of(code=code, message=message),
        signature=recovery_matching.error_signature(code=code, message=message),
        occurrences=occurrences,
        selection=selection,
    )


def _past(tenant: Tenant, code: str) -> list[FailureMatch]:
    """The latest failures of this code for which something was suggested."""
    rows = FailureMatch.objects.for_tenant(tenant).filter(error_code=code)
    told = rows.exclude(suggestion="").select_related("incident").newest_first()
    latest = told.prefetch_related("incident__recoveries__selected_action")
    return list(latest[: recovery_matching.MATCHES_READ])


def _selection(
    past: Sequence[FailureMatch], *, code: str, occurrences: int, now: datetime
) -> Selection:
    ended = [one for one in past if _succeeded(one) is not None]
    helped = [one for one in ended if _succeeded(one)]
    usual = Counter(action for one in helped if (action := _action(one)))
    facts = Facts(
        code, occurrences, len(ended), len(helped), usual.most_common(1)[0][0] if usual else None
    )
    matcher = recovery_matching.matcher_confidence(
        ages_days=[(now - one.created_at) / _DAY for one in past],
        occurrences=occurrences,
        in_catalogue=any(one.incident and one.incident.matched_pattern_id for one in past),
    )
    return recovery_rules.select(recovery_rules.judge(facts), matcher=matcher)


def _succeeded(match: FailureMatch) -> bool | None:
    """Whether what was suggested was carried out with success; None if nobody did."""
    for recovery in match.incident.recoveries.all() if match.incident else ():
        recorded = (recovery.execution_result or {}).get("recorded")
        if recovery.execution_status in (ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED):
            return None if recorded else recovery.execution_status == ExecutionStatus.SUCCEEDED
    return None


def _action(match: FailureMatch) -> str | None:
    for recovery in match.incident.recoveries.all() if match.incident else ():
        if recovery.selected_action:
            return recovery.selected_action.action_code
    return None
