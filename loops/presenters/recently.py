"""What happened last in a tenant, for its first page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F

from loops.domain.states import LoopOutcome, Resolution
from loops.models import HumanCheckpoint, LoopTrace
from loops.presenters.people import called
from loops.presenters.wordings import ANSWERS, kind_of
from m25console.looks import Look
from m25console.models import Tenant
from m25console.together import Row, Rows

SHOWN: Final = 6  # of each


@dataclass(frozen=True)
class RecentFailure:
    """One loop that failed lately."""

    trace_id: str
    at: datetime
    incident_title: str
    what: str
    detail: str


@dataclass(frozen=True)
class RecentDecision:
    """One checkpoint that was decided lately."""

    checkpoint_id: str
    who: str
    at: datetime
    answer: Look
    kind: str
    incident_title: str
    note: str


def latest_failed(tenant: Tenant) -> Rows:
    """The loops that failed last, with what their titles say."""
    failed = LoopTrace.objects.for_tenant(tenant).filter(outcome=LoopOutcome.FAILED)
    return failed.order_by("-last_activity_at", "-id").values(
        "pk", "last_activity_at", "failure_state", "failure_detail", title=F("incident__title")
    )[:SHOWN]


def latest_decided(tenant: Tenant) -> Rows:
    """The checkpoints that were decided last, by whom, and what they were about."""
    decided = HumanCheckpoint.objects.for_tenant(tenant).resolved().latest_decided_first()
    return decided.values(
        "pk", "checkpoint_type", "stage", "resolution", "resolved_at", "note",
        title=F("incident__title"),
        who=called("resolved_by"),
    )[:SHOWN]  # fmt: skip


def failure_of(row: Row) -> RecentFailure:
    trace = LoopTrace(failure_state=row["failure_state"])
    return RecentFailure(
        trace_id=row["pk"],
        at=row["last_activity_at"],
        incident_title=row["title"],
        what=trace.get_failure_state_display() or "",
        detail=row["failure_detail"],
    )


def decision_of(row: Row) -> RecentDecision:
    asked = HumanCheckpoint(checkpoint_type=row["checkpoint_type"], stage=row["stage"])
    return RecentDecision(
        checkpoint_id=row["pk"],
        who=row["who"] or "The console",
        at=row["resolved_at"],
        answer=ANSWERS[Resolution(row["resolution"])],
        kind=kind_of(asked),
        incident_title=row["title"],
        note=row["note"],
    )
