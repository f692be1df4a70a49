"""Computing how far each tenant's loop is trusted, from evidence and from nothing else.

One computation is one transaction: its history row, the status, the lock-outs. One evaluator
works on a tenant at a time.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from loops.domain import graduation
from loops.domain.evidence import Kind
from loops.domain.graduation import Gate, Previous, Standing
from loops.domain.states import Capability, GateKey, GraduationLevel
from loops.engine import evidence
from loops.engine.evidence import Found
from loops.engine.falling_back import EVALUATOR, fall_back
from loops.feed import tell_of_graduation
from loops.models import CapabilityLockout, GraduationHistory, GraduationStatus
from m25console import audit
from m25console.access import Actor, system_actor
from m25console.models import Tenant

SPELL_SECONDS: Final = 60.0  # then the other tenants wait for the next run
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True)
class Assessment:
    """What the evidence of this moment amounts to; nothing of it is stored."""

    found: Found
    standing: Standing
    previous: Previous | None
    computed_at: datetime


@dataclass(frozen=True)
class Computed:
    """A computation as it is shown. `evidence` and `gates` are as a history row keeps them."""

    standing: Standing
    evidence: Mapping[str, Any]
    gates: Mapping[str, Any]
    computed_at: datetime
    is_stored: bool


def assess(tenant: Tenant | None, *, now: datetime) -> Assessment:
    """Where a tenant's loop stands now, or the whole installation's without a tenant."""
    return _assessed(tenant, latest(tenant), now=now)


def _assessed(
    tenant: Tenant | None, last: GraduationHistory | None, *, now: datetime
) -> Assessment:
    # A clock that lags behind the last computation's must not put this one before it.
    moment = max(now, last.computed_at) if last else now
    found = evidence.found_for(tenant, until=moment)
    previous = previous_from(last)
    standing = graduation.standing(found.counts.evidence(), previous=previous, now=moment)
    return Assessment(found, standing, previous, moment)


def latest(tenant: Tenant | None) -> GraduationHistory | None:
    """The last computation; None if there was none yet."""
    return history_of(tenant).first()


def history_of(tenant: Tenant | None) -> QuerySet[GraduationHistory]:
    """Every computation of a tenant, the newest first."""
    rows = GraduationHistory.objects
    mine = rows.filter(tenant__isnull=True) if tenant is None else rows.filter(tenant=tenant)
    return mine.order_by("-computed_at", "-id")


def previous_from(row: GraduationHistory | None) -> Previous | None:
    """A computation as the next one looks back at it."""
    if row is None:
        return None
    return Previous(
        level=GraduationLevel(row.level),
        gates={GateKey(key): gate["passed"] for key, gate in row.gates.items()},
        degraded_from=GraduationLevel(row.degraded_from) if row.degraded_from else None,
    )


def current(tenant: Tenant | None, *, now: datetime) -> Computed:
    """The last computation, or one of this moment where there was none yet."""
    row = latest(tenant)
    if row is not None:
        return Computed(_standing_of(row), row.evidence, row.gates, row.computed_at, True)
    new = _assessed(tenant, None, now=now)
    return Computed(new.standing, evidence_json(new), _gates(new), new.computed_at, False)


def _standing_of(row: GraduationHistory) -> Standing:
    return Standing(
        level=GraduationLevel(row.level),
        gates={
            key: Gate(key, row.gates[key]["passed"], row.gates[key]["score"])
            for key in graduation.GATES
        },
        degraded_from=GraduationLevel(row.degraded_from) if row.degraded_from else None,
        reason=row.degradation_reason,
    )


def evaluate(tenant: Tenant | None, *, now: datetime, by: Actor | None = None) -> Standing:
    """Compute and store where a loop stands; policies that lost their ground go to shadow.

    `by` is the person who asked for it, None for the clock.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [f"graduation of {tenant.pk if tenant else 'all'}"])
        assessment = assess(tenant, now=now)
        _store(tenant, assessment, by=by)
    if tenant is not None and Capability.AUTO_ACTIVATE_POLICY not in assessment.standing.unlocked:
        fall_back(tenant, now=assessment.computed_at)
    return assessment.standing


def evaluate_all(now: datetime) -> dict[str, Any]:
    """Evaluate every tenant, the longest unchecked first, then the installation as a whole."""
    ends = time.monotonic() + SPELL_SECONDS
    evaluated = degraded = 0
    for tenant in _longest_unchecked_first():
        standing = evaluate(tenant, now=now)
        evaluated += 1
        degraded += standing.is_degraded
        if time.monotonic() > ends:
            break
    evaluate(None, now=now)
    return {"evaluated": evaluated, "degraded": degraded}


def _longest_unchecked_first() -> list[Tenant]:
    checked = dict(GraduationStatus.objects.values_list("tenant", "last_checked"))
    active = Tenant.objects.filter(is_active=True).order_by("pk")
    unchecked = [one for one in active if one.pk not in checked]
    return unchecked + sorted(
        (one for one in active if one.pk in checked), key=lambda one: checked[one.pk]
    )


def _store(tenant: Tenant | None, assessment: Assessment, *, by: Actor | None) -> None:
    standing, moment = assessment.standing, assessment.computed_at
    GraduationHistory.objects.create(
        tenant=tenant,
        level=standing.level,
        gates=_gates(assessment),
        is_degraded=standing.is_degraded,
        degraded_from=standing.degraded_from,
        degradation_reason=standing.reason,
        evidence=evidence_json(assessment),
        computed_at=moment,
    )
    status = _status(tenant, assessment)
    if tenant is not None:
        _lock_or_unlock(tenant, standing, now=moment)
        _tell(tenant, status, assessment, by=by)


def evidence_json(assessment: Assessment) -> dict[str, Any]:
    """The evidence as a history row keeps it."""
    found = assessment.found
    known = found.counts.evidence()
    return {
        "since": (assessment.computed_at - graduation.WINDOW).isoformat(),
        "until": assessment.computed_at.isoformat(),
        "counts": found.counts.as_json(),
        "prevention_rate": round(float(known.prevention_rate), 4),
        "regret_rate": round(float(known.regret_rate), 4),
        "rows": {
            kind.value: [[row.id, row.at.isoformat(), row.seal] for row in found.rows[kind]]
            for kind in Kind
        },
    }


def _gates(assessment: Assessment) -> dict[str, Any]:
    before: Mapping[GateKey, bool] = assessment.previous.gates if assessment.previous else {}
    return {
        key.value: {
            "passed": gate.passed,
            "score": gate.score,
            "degraded": bool(before.get(key)) and not gate.passed,
        }
        for key, gate in assessment.standing.gates.items()
    }


def _status(tenant: Tenant | None, assessment: Assessment) -> GraduationStatus:
    """The status row, changed and saved."""
    standing, moment = assessment.standing, assessment.computed_at
    known = GraduationStatus.objects.filter(tenant=tenant) if tenant else _installation()
    status = known.first() or GraduationStatus(tenant=tenant)
    if standing.is_graduated and not status.is_graduated:
        status.graduated_at = moment
    since: Mapping[str, Any] = status.gates
    counts = assessment.found.counts.as_json()
    status.gates = {
        key: gate
        | {
            "passed_at": (since.get(key, {}).get("passed_at") or moment.isoformat())
            if gate["passed"]
            else None,
            "evidence": counts,
        }
        for key, gate in _gates(assessment).items()
    }
    status.level, status.label = standing.level, standing.label
    status.is_graduated = standing.is_graduated
    status.degraded_from, status.degradation_reason = standing.degraded_from, standing.reason
    status.last_checked = moment
    status.save()
    return status


def _installation() -> QuerySet[GraduationStatus]:
    return GraduationStatus.objects.filter(tenant__isnull=True)


def _lock_or_unlock(tenant: Tenant, standing: Standing, *, now: datetime) -> None:
    """Store which capabilities are unlocked; the moment of unlocking only when it happens."""
    CapabilityLockout.objects.bulk_create(
        [
            CapabilityLockout(tenant=tenant, capability=one, requires_gate=gate, last_checked=now)
            for one, gate in graduation.REQUIRES.items()
        ],
        ignore_conflicts=True,
    )
    mine = CapabilityLockout.objects.filter(tenant=tenant)
    unlocked = [one.value for one in standing.unlocked]
    mine.filter(capability__in=unlocked, is_unlocked=False).update(unlocked_at=now)
    mine.filter(capability__in=unlocked).update(is_unlocked=True)
    mine.exclude(capability__in=unlocked).update(is_unlocked=False)
    mine.update(last_checked=now)


def _tell(
    tenant: Tenant, status: GraduationStatus, assessment: Assessment, *, by: Actor | None
) -> None:
    """Audit what a person asked for, and every change of level; a new loss is an alert."""
    standing, moment = assessment.standing, assessment.computed_at
    before = assessment.previous.level if assessment.previous else None
    change: dict[str, Any] = {"before": {"level": before}, "after": {"level": standing.level}}
    if by is not None:
        audit.record(by=by, action="graduation.evaluated", about=status, now=moment, **change)
    if before == standing.level or (before is None and standing.level is GraduationLevel.ALPHA):
        return
    audit.record(
        by=system_actor(tenant, label=EVALUATOR),
        action="graduation.degraded" if standing.is_degraded else "graduation.level",
        about=status,
        note=standing.reason or standing.label,
        now=moment,
        **change,
    )
    tell_of_graduation(tenant, now=moment)
