"""Reconciling runs by the clock: what is overdue is written back, told once, and, where a sender
never came back, given up."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from loops.actions.governance import governance
from loops.actions.run_facts import Facts, facts_of
from loops.domain.governance import ENDED
from loops.domain.runtime_audit import (
    STALE_CODE,
    Key,
    Reconciliation,
    alerts,
    is_late,
    reconcile,
)
from loops.domain.states import AuditStatus, ReconciliationStatus, RunPhase, RunStatus
from loops.engine import audit_tallies
from loops.engine.audit_tallies import Figure
from loops.engine.bulk import insert_rows, update_rows
from loops.models import AuditAlert, AuditRun, FeedEntry

BATCH: Final = 500
SPELL_SECONDS: Final = 8.0  # then the next call goes on; this one is woken every ten
RUN_FIELDS: Final = (
    "phase", "status", "status_code", "reconciliation", "findings", "reconciled_at",
    "overdue_since", "next_check_at",
)  # fmt: skip
_MISS: Final = f"""
UPDATE audit_expectations e SET status = '{AuditStatus.MISSING}'
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS m(run_id, domain, action)
WHERE (e.run_id, e.domain, e.action) = (m.run_id, m.domain, m.action)
  AND e.status = '{AuditStatus.PENDING}'
"""  # noqa: S608 - states are constants of the domain


@dataclass
class Batch:
    """What a batch of runs came to."""

    missing: list[tuple[int, Key]] = field(default_factory=list)
    alerts: list[AuditAlert] = field(default_factory=list)
    figures: defaultdict[Figure, float] = field(default_factory=lambda: defaultdict(float))
    tenants: set[str] = field(default_factory=set)  # whose pages have something new to show

    def count(self, run: AuditRun, name: str, labels: str = "", by: float = 1) -> None:
        self.figures[run.tenant_id, name, labels] += by


def check_audits(now: datetime) -> Mapping[str, Any]:
    """Reconcile the runs whose deadlines want a look. Says how many, and what they came to."""
    rules = governance()
    if not rules.rac:
        return {"enforcement": "disabled"}
    told: Counter[str] = Counter()
    ends = time.monotonic() + SPELL_SECONDS
    while time.monotonic() < ends:
        checked = _check_batch(now, reacts=rules.reactor)
        told.update(checked)
        if len(checked) < BATCH:
            break
    return {"checked": told.total(), **told}


@transaction.atomic
def _check_batch(now: datetime, *, reacts: bool) -> list[str]:
    """Reconcile up to BATCH runs; what each came to. Runs locked by others are left to them."""
    due = AuditRun.objects.filter(next_check_at__lte=now).order_by("next_check_at", "pk")
    runs = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    if not runs:
        return []
    facts, batch = facts_of([run.pk for run in runs]), Batch()
    for run in runs:
        _check(run, facts.get(run.pk, Facts()), batch, now=now, reacts=reacts)
    _save(runs, batch, now=now)
    return [run.reconciliation for run in runs]


def _check(run: AuditRun, facts: Facts, batch: Batch, *, now: datetime, reacts: bool) -> None:
    began = time.perf_counter()
    found = reconcile(facts.expectations, facts.acks, now)
    took = time.perf_counter() - began
    if found.status != run.reconciliation and not found.is_clean:
        batch.tenants.add(run.tenant_id)
    _count(run, found, batch, took=took)
    batch.missing += [(run.pk, key) for key in found.missing]
    has_ended = run.phase in ENDED
    if reacts:
        batch.alerts += _alerts(run, found, now=now, has_ended=has_ended)
        if found.status is ReconciliationStatus.STALE and run.trace_id is None and not has_ended:
            _give_up(run)
    run.reconciliation, run.findings = found.status, found.findings()
    run.reconciled_at, run.overdue_since = now, found.overdue_since
    run.next_check_at = _next_look(facts, now)


def _count(run: AuditRun, found: Reconciliation, batch: Batch, *, took: float) -> None:
    """Count what is new; a finding that was known is counted no second time."""
    known: Mapping[str, Any] = run.findings or {}
    batch.count(run, audit_tallies.RECONCILED, f"status={found.status}")
    batch.count(run, audit_tallies.TOOK, f"le={audit_tallies.bucket_of(took)}")
    batch.count(run, audit_tallies.TOOK_SUM, by=took)
    if found.status is ReconciliationStatus.STALE != run.reconciliation:
        batch.count(run, audit_tallies.STALE)
    for name, kind, keys in (
        (audit_tallies.MISSING, "missing", found.missing),
        (audit_tallies.DRIFT, "drift", found.drift),
    ):
        for key in keys:
            if str(key) not in known.get(kind, ()):
                batch.count(run, name, f"domain={key.domain},action={key.action}")


def _alerts(
    run: AuditRun, found: Reconciliation, *, now: datetime, has_ended: bool
) -> list[AuditAlert]:
    return [
        AuditAlert(
            tenant_id=run.tenant_id,
            run_id=run.pk,
            alert_type=one.alert_type,
            severity=one.severity,
            key=one.key,
            sentence=one.sentence,
            created_at=now,
        )
        for one in alerts(found, has_ended=has_ended)
    ]


def _give_up(run: AuditRun) -> None:
    """A sender's run that was never finalized is not running any more. A loop of ours is left to
    its workers: late is not lost, and the backlog may be long."""
    run.phase, run.status, run.status_code = RunPhase.FAILED, RunStatus.FAILED, STALE_CODE


def _next_look(facts: Facts, now: datetime) -> datetime | None:
    """The next deadline that can still be missed."""
    acked = {ack.key for ack in facts.acks}
    left = [
        one.due_at
        for one in facts.expectations
        if one.key not in acked and one.due_at and not is_late(one, now)
    ]
    return min(left, default=None)


def _save(runs: Sequence[AuditRun], batch: Batch, *, now: datetime) -> None:
    if batch.missing:
        numbers, keys = zip(*batch.missing, strict=True)
        domains, actions = zip(*keys, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_MISS, [list(numbers), list(domains), list(actions)])
    update_rows(runs, fields=RUN_FIELDS)
    for one in _raised(batch.alerts):
        labels = f"alert_type={one.alert_type},severity={one.severity}"
        batch.figures[one.tenant_id, audit_tallies.ALERTS, labels] += 1
    audit_tallies.add(batch.figures)
    insert_rows(
        [
            FeedEntry(tenant_id=tenant, kind="run", trace_id="", incident_id="", created_at=now)
            for tenant in sorted(batch.tenants)
        ]
    )


def _raised(found: Sequence[AuditAlert]) -> list[AuditAlert]:
    """Store the alerts that were not raised before, and return those."""
    runs = {one.run_id for one in found}
    known = set(AuditAlert.objects.filter(run__in=runs).values_list("run_id", "alert_type", "key"))
    fresh = [one for one in found if (one.run_id, one.alert_type, one.key) not in known]
    insert_rows(fresh)
    return fresh
