"""Word to open pages that something changed. Written with the change, sent after the commit."""

from datetime import datetime

from loops.models import AuditRun, FailurePattern, FeedEntry, LoopTrace, PolicyRule
from m25console.models import Tenant


def tell_pages(trace: LoopTrace, *, kind: str, now: datetime) -> None:
    """Keep word of a change to this loop until the relay has published it."""
    entry_of(trace, kind=kind, now=now).save()


def tell_of_policy(policy: PolicyRule, *, now: datetime) -> None:
    """Keep word of a change to a policy, for pages that list policies or show this one."""
    FeedEntry.objects.create(
        tenant_id=policy.tenant_id,
        kind="policy",
        trace_id="",
        incident_id=policy.source_incident_id or "",
        created_at=now,
    )


def tell_of_pattern(pattern: FailurePattern, *, now: datetime) -> None:
    """Keep word that patterns were merged, split or told apart, for pages that show them."""
    FeedEntry.objects.create(
        tenant_id=pattern.tenant_id,
        kind="pattern",
        trace_id="",
        incident_id=pattern.first_incident_id or "",
        created_at=now,
    )


def tell_of_graduation(tenant: Tenant, *, now: datetime) -> None:
    """Keep word that a tenant's level changed."""
    FeedEntry.objects.create(
        tenant=tenant, kind="graduation", trace_id="", incident_id="", created_at=now
    )


def tell_of_run(run: AuditRun, *, now: datetime) -> None:
    """Keep word of a change to a run under the audit contract."""
    FeedEntry.objects.create(
        tenant_id=run.tenant_id,
        kind="run",
        trace_id=run.trace_id or "",
        incident_id="",
        created_at=now,
    )


def entry_of(trace: LoopTrace, *, kind: str, now: datetime) -> FeedEntry:
    """The word itself, unsaved, for writers that store many at once."""
    return FeedEntry(
        tenant_id=trace.tenant_id,
        kind=kind,
        trace_id=trace.pk,
        incident_id=trace.incident_id,
        created_at=now,
    )
