"""Reading the evidence of a tenant's loop: real rows of the last 30 days, counted and sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from loops.domain import evidence
from loops.domain.evidence import Counts, Kind
from loops.domain.graduation import WINDOW
from loops.domain.payload import jsonable
from loops.domain.states import PolicyMode, PreventionOutcome
from loops.models import (
    PolicyActivationAudit,
    PolicyEvaluation,
    PreventionRecord,
    RegretEvent,
    TimelineView,
)
from m25console.models import Tenant
from m25console.together import fetch_together, how_many

KEPT: Final = 50  # rows of a kind that a computation names, the newest
# What may commit after a computation although it was made before: the transaction took so long.
LATE: Final = timedelta(seconds=60)
ATTEMPTS: Final = (
    PreventionOutcome.PREVENTED, PreventionOutcome.MITIGATED, PreventionOutcome.FAILED,
)  # fmt: skip
MOMENTS: Final[Mapping[Kind, str]] = {
    Kind.PREVENTIONS: "created_at",
    Kind.DEMOTIONS: "created_at",
    Kind.VIEWS: "viewed_at",
}
# The columns under seal, by the names of the table; renaming one would break every seal.
COLUMNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.PREVENTIONS: (
        "id", "tenant_id", "policy_id", "pattern_id", "evaluation_id", "original_incident_id",
        "blocked_incident_id", "external_id", "outcome", "signature_match_confidence",
        "policy_age_seconds", "is_simulated", "is_synthetic", "created_at",
    ),
    Kind.DEMOTIONS: (
        "id", "tenant_id", "policy_id", "evaluation_id", "regret_type", "severity", "description",
        "affected_calls", "affected_users", "was_auto_rolled_back", "reported_by", "is_simulated",
        "created_at",
    ),
    Kind.VIEWS: (
        "id", "tenant_id", "incident_id", "user_id", "viewed_on", "viewed_at", "has_prevention",
        "has_rollback", "is_simulated",
    ),
}  # fmt: skip
MODELS: Final[Mapping[Kind, type[Model]]] = {
    Kind.PREVENTIONS: PreventionRecord,
    Kind.DEMOTIONS: RegretEvent,
    Kind.VIEWS: TimelineView,
}


@dataclass(frozen=True)
class Sealed:
    """One row of evidence by its id, its moment and its seal."""

    id: str
    at: datetime
    seal: str


@dataclass(frozen=True)
class Found:
    """The evidence of one tenant, or of all: the counts, and the newest rows of each kind."""

    counts: Counts
    rows: Mapping[Kind, Sequence[Sealed]]


def found_for(tenant: Tenant | None, *, until: datetime) -> Found:
    """The evidence of the 30 days that end at `until`; without a tenant, of every tenant."""
    if tenant is None:
        return merged([found_for(one, until=until) for one in Tenant.objects.order_by("pk")])
    newest = whole_rows(tenant, until=until, limit=KEPT)
    rows = {kind: [_sealed(kind, row) for row in newest[kind]] for kind in Kind}
    return Found(counts_for(tenant, until=until), rows)


def merged(found: Sequence[Found]) -> Found:
    """The evidence of several tenants as one."""
    rows = {
        kind: sorted(
            (row for one in found for row in one.rows[kind]),
            key=lambda row: (row.at, row.id),
            reverse=True,
        )[:KEPT]
        for kind in Kind
    }
    return Found(evidence.added(one.counts for one in found), rows)


def counts_for(tenant: Tenant | None, *, until: datetime, since: datetime | None = None) -> Counts:
    """The counts of a window that ends at `until`, 30 days long unless `since` says otherwise."""
    if tenant is None:
        everyone = Tenant.objects.order_by("pk")
        return evidence.added(counts_for(one, until=until, since=since) for one in everyone)
    since = since or until - WINDOW
    rows = {kind: rows_of(kind, tenant, since=since, until=until) for kind in Kind}
    asked = PolicyEvaluation.objects.for_tenant(tenant)
    counted = {
        "preventions": rows[Kind.PREVENTIONS],
        "attempts": _attempts(tenant, since=since, until=until).filter(outcome__in=ATTEMPTS),
        "demotions": rows[Kind.DEMOTIONS],
        "regrets": _regrets(tenant, since=since, until=until),
        "evaluations": asked.filter(created_at__gt=since, created_at__lte=until),
        "views": rows[Kind.VIEWS],
    }
    numbers = {name: how_many(one) for name, one in counted.items()}
    moments = {kind: _newest(kind, rows[kind]).values(MOMENTS[kind])[:1] for kind in Kind}
    fetch_together(*numbers.values(), *moments.values())
    latest = {kind: row[MOMENTS[kind]] for kind in Kind for row in moments[kind]}
    return Counts(
        **{name: row["n"] for name, one in numbers.items() for row in one},
        last_prevention_at=latest.get(Kind.PREVENTIONS),
        last_demotion_at=latest.get(Kind.DEMOTIONS),
        last_view_at=latest.get(Kind.VIEWS),
    )


def rows_of(kind: Kind, tenant: Tenant, *, since: datetime, until: datetime) -> QuerySet[Any]:
    """The rows of one kind that are evidence, in no order."""
    match kind:
        case Kind.PREVENTIONS:
            made = _attempts(tenant, since=since, until=until)
            return made.filter(outcome=PreventionOutcome.PREVENTED)
        case Kind.DEMOTIONS:
            return _regrets(tenant, since=since, until=until).filter(was_auto_rolled_back=True)
        case Kind.VIEWS:
            return TimelineView.objects.filter(
                tenant=tenant,
                is_simulated=False,
                has_prevention=True,
                incident__is_synthetic=False,
                viewed_at__gt=since,
                viewed_at__lte=until,
            )


def whole_rows(tenant: Tenant, *, until: datetime, limit: int) -> dict[Kind, list[dict[str, Any]]]:
    """The newest rows of evidence with every column under seal, in JSON terms; one query."""
    newest = {
        kind: _newest(kind, rows_of(kind, tenant, since=until - WINDOW, until=until)).values(
            *COLUMNS[kind]
        )[:limit]
        for kind in Kind
    }
    fetch_together(*newest.values())
    return {kind: [_in_json(row) for row in rows] for kind, rows in newest.items()}


def stored_rows(kind: Kind, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the database holds under these ids now, evidence or not, in JSON terms."""
    rows = MODELS[kind]._default_manager.filter(pk__in=ids).order_by("pk")
    return {row["id"]: _in_json(row) for row in rows.values(*COLUMNS[kind])}


def _newest(kind: Kind, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by(f"-{MOMENTS[kind]}", "-id")


def _in_json(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: jsonable(value, path=name) for name, value in row.items()}


def _sealed(kind: Kind, row: dict[str, Any]) -> Sealed:
    return Sealed(row["id"], datetime.fromisoformat(row[MOMENTS[kind]]), evidence.seal(row))


def _attempts(tenant: Tenant, *, since: datetime, until: datetime) -> QuerySet[PreventionRecord]:
    """Records made while their policy was activated, under any of its activations."""
    activated = PolicyActivationAudit.objects.filter(
        policy=OuterRef("policy"),
        new_mode=PolicyMode.ACTIVE,
        activated_at__lte=OuterRef("created_at"),
    )
    after = Q(Exists(activated)) | Q(policy__activated_at__lte=F("created_at"))
    made = PreventionRecord.objects.for_tenant(tenant).real()
    return made.filter(after, created_at__gt=since, created_at__lte=until)


def _regrets(tenant: Tenant, *, since: datetime, until: datetime) -> QuerySet[RegretEvent]:
    told = RegretEvent.objects.for_tenant(tenant).real()
    return told.filter(policy__is_synthetic=False, created_at__gt=since, created_at__lte=until)
