"""Incidents as lists and pages show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from loops.domain.confidence import Band
from loops.domain.legible import Leaf, leaves
from loops.domain.states import LoopOutcome, Severity, SourceType
from loops.models import Incident, LoopEvent
from loops.presenters.looks import BANDS, OUTCOMES, SEVERITIES
from loops.presenters.matches import MatchReason, reason_of, reasons_by_incident
from loops.presenters.strips import StripStage, strip
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

STATUSES: Final[Mapping[str, str]] = {
    "open": "Open",
    "acknowledged": "Acknowledged",
    "resolved": "Resolved",
}
SOURCES: Final[Mapping[SourceType, str]] = {
    SourceType.RUN: "a run",
    SourceType.KILLSWITCH: "the kill switch",
    SourceType.POLICY: "a policy",
    SourceType.MANUAL: "a person",
    SourceType.API: "the API",
}
PERIODS: Final[Mapping[str, tuple[str, timedelta]]] = {
    "hour": ("Last hour", timedelta(hours=1)),
    "day": ("Last 24 hours", timedelta(hours=24)),
    "week": ("Last 7 days", timedelta(days=7)),
}
OTHERS_SHOWN: Final = 5
LEAVES_SHOWN: Final = 40
NEWEST: Final = Order("created_at")
# A loop begins with its incident, so both orders are the same; each has an index of its own.
NEWEST_BY_LOOP: Final = Order("loop__started_at", "loop__incident_id")
_ROW_COLUMNS: Final = (
    "title", "severity", "status", "error_type", "error_code", "affected_agent_id", "created_at",
    "is_synthetic", "matched_pattern__occurrence_count", "loop__outcome", "loop__started_at",
    "loop__incident_id",
)  # fmt: skip


@dataclass(frozen=True)
class IncidentFilters:
    """What a list is narrowed to; empty means everything."""

    severity: str = ""
    status: str = ""
    outcome: str = ""
    error_type: str = ""
    pattern: str = ""
    reported: str = ""

    @property
    def order(self) -> Order:
        return NEWEST_BY_LOOP if self.outcome else NEWEST

    @property
    def any(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def rows(self, tenant: Tenant, *, now: datetime) -> QuerySet[Incident]:
        """The incidents that pass, unordered."""
        chosen = {
            "severity": self.severity,
            "status": self.status,
            "error_type": self.error_type,
            "matched_pattern": self.pattern,
            "loop__outcome": self.outcome,
        }
        wanted: dict[str, Any] = {column: value for column, value in chosen.items() if value}
        if self.outcome:
            wanted["loop__tenant"] = tenant.pk
        if self.reported:
            wanted[f"{self.order.column}__gte"] = now - PERIODS[self.reported][1]
        return Incident.objects.for_tenant(tenant).filter(**wanted)


@dataclass(frozen=True)
class IncidentRow:
    """One incident in a list."""

    incident_id: str
    title: str
    severity: Look
    error: str
    agent: str
    at: datetime
    loop_id: str
    outcome: Look | None
    pattern_id: str = ""
    pattern_seen: int = 0
    match: MatchReason | None = None
    is_practice: bool = False  # made by a drill, not by a failure


@dataclass(frozen=True)
class IncidentPage:
    """One incident in full, what it was recognised as, and its loop."""

    incident: Incident
    severity: Look
    status: str
    outcome: Look
    strip: Sequence[StripStage]
    match: MatchReason | None
    match_band: Look | None
    reported: Sequence[tuple[str, Any]]
    ending: Sequence[tuple[str, Any]]
    context: Sequence[Leaf]
    others: Sequence[IncidentRow]  # recent incidents of the same pattern

    @property
    def context_shown(self) -> Sequence[Leaf]:
        return self.context[:LEAVES_SHOWN]

    @property
    def context_folded(self) -> Sequence[Leaf]:
        return self.context[LEAVES_SHOWN:]


def filters_from(query: Mapping[str, str]) -> IncidentFilters:
    """The filters an address names; values nobody could have chosen are dropped."""
    return IncidentFilters(
        severity=_known(query.get("severity", ""), Severity),
        status=_known(query.get("status", ""), STATUSES),
        outcome=_known(query.get("outcome", ""), LoopOutcome),
        error_type=_plain(query.get("error_type", "")),
        pattern=_plain(query.get("pattern", "")),
        reported=_known(query.get("reported", ""), PERIODS),
    )


def incident_list(
    tenant: Tenant, *, filters: IncidentFilters, place: Place, now: datetime
) -> tuple[Page[Incident], list[IncidentRow]]:
    """A page of incidents, newest first: two queries."""
    rows = filters.rows(tenant, now=now).select_related("matched_pattern", "loop")
    page = keyset.page(rows.only(*_ROW_COLUMNS), order=filters.order, place=place)
    return page, rows_of(tenant, page.rows)


def arrived_since(tenant: Tenant, *, filters: IncidentFilters, key: str, now: datetime) -> str:
    """How many incidents came after the one with this key: "" for none, at most "100+"."""
    rows = filters.rows(tenant, now=now).filter(filters.order.before(key))
    told = keyset.counted(rows, at_most=100)
    return "" if told == "0" else told


def rows_of(tenant: Tenant, incidents: Sequence[Incident]) -> list[IncidentRow]:
    """The rows of a list; the incidents come with their pattern and loop. One query."""
    matched = [one.pk for one in incidents if one.matched_pattern_id]
    return rows_from(incidents, reasons_by_incident(tenant=tenant, incident_ids=matched))


def rows_from(
    incidents: Iterable[Incident], reasons: Mapping[str, MatchReason]
) -> list[IncidentRow]:
    """The same where it is known why they belong to their patterns."""
    return [_row(one, reasons.get(one.pk)) for one in incidents]


def incident_page(incident: Incident) -> IncidentPage:
    """An incident in full; it comes with its pattern and loop. Three queries."""
    events = list(LoopEvent.objects.filter(trace=incident.loop).in_order())
    match = next((reason for event in events if (reason := reason_of(event))), None)
    band = incident.match_confidence_band
    return IncidentPage(
        incident=incident,
        severity=SEVERITIES[Severity(incident.severity)],
        status=STATUSES[incident.status],
        outcome=OUTCOMES[LoopOutcome(incident.loop.outcome)],
        strip=strip(incident.loop, events=events),
        match=match,
        match_band=BANDS[Band(band)] if band else None,
        reported=_reported(incident),
        ending=_ending(incident),
        context=leaves(incident.context) if incident.context else [],
        others=_others(incident),
    )


def _row(incident: Incident, match: MatchReason | None) -> IncidentRow:
    pattern = incident.matched_pattern
    loop = getattr(incident, "loop", None)
    return IncidentRow(
        incident_id=incident.pk,
        title=incident.title,
        severity=SEVERITIES[Severity(incident.severity)],
        error=" · ".join(part for part in (incident.error_type, incident.error_code) if part),
        agent=incident.affected_agent_id or "",
        at=incident.created_at,
        loop_id=loop.pk if loop else "",
        outcome=OUTCOMES[LoopOutcome(loop.outcome)] if loop else None,
        pattern_id=pattern.pk if pattern else "",
        pattern_seen=pattern.occurrence_count if pattern else 0,
        match=match,
        is_practice=incident.is_synthetic,
    )


def _others(incident: Incident) -> list[IncidentRow]:
    if not incident.matched_pattern_id:
        return []
    alike = (
        Incident.objects.for_tenant(incident.tenant)
        .of_pattern(incident.matched_pattern_id)
        .exclude(pk=incident.pk)
        .select_related("matched_pattern", "loop")
        .only(*_ROW_COLUMNS)
        .newest_first()
    )
    return rows_of(incident.tenant, list(alike[:OTHERS_SHOWN]))


def _reported(incident: Incident) -> list[tuple[str, Any]]:
    """The fields of the report; those nobody filled in are left out."""
    told = [
        ("Error type", incident.error_type),
        ("Error code", incident.error_code),
        ("Agent", incident.affected_agent_id),
        ("Capability", incident.agent_capability),
        ("Endpoint", incident.api_endpoint),
        ("Status code", incident.status_code),
        ("Run", incident.source_run_id),
        ("Category", incident.category),
        ("Impact", incident.impact_scope),
        ("Affected", incident.affected_count if incident.affected_count != 1 else None),
        ("Calls affected", incident.calls_affected or None),
        ("Related calls", ", ".join(incident.related_call_ids)),
        ("Cost", incident.cost_impact),
        ("Cost change in cents", incident.cost_delta_cents or None),
        ("Error rate", incident.error_rate),
        ("Trigger value", incident.trigger_value),
        ("Automatic action", incident.auto_action),
        ("Source", incident.source if incident.source != incident.source_type else None),
        ("Reported through", SOURCES[SourceType(incident.source_type)]),
        ("External id", incident.external_id),
        ("Idempotency key", incident.idempotency_key),
        ("Incident id", incident.pk),
    ]
    return [(name, value) for name, value in told if value not in (None, "")]


def _ending(incident: Incident) -> list[tuple[str, Any]]:
    told = [
        ("Resolved by", incident.resolved_by),
        ("How", incident.resolution_method),
        ("Kind", incident.resolution_type),
        ("Summary", incident.resolution_summary),
        ("Notes", incident.resolution_notes),
        ("Escalated to", incident.escalated_to),
    ]
    return [(name, value) for name, value in told if value not in (None, "")]


def _known(value: str, words: Any) -> str:
    return value if value in words else ""


def _plain(value: str) -> str:
    return "" if "\0" in value else value.strip()[:255]
