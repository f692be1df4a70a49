"""Preventions as lists and pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loops.domain.prevention import VERSION, is_evidence
from loops.domain.states import PreventionOutcome
from loops.models import Incident, PreventionRecord
from loops.models.evaluations import PreventionRecordQuerySet
from loops.presenters.evaluations import told_of
from loops.presenters.patterns import name_of
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

NEWEST: Final = Order("created_at")
OUTCOMES: Final[Mapping[PreventionOutcome, Look]] = {
    PreventionOutcome.PREVENTED: Look("Prevented", "ok", "shield-check"),
    PreventionOutcome.MITIGATED: Look("Slowed down", "info", "gauge"),
    PreventionOutcome.FAILED: Look("Came back", "bad", "shield-x"),
    PreventionOutcome.NOT_APPLICABLE: Look("Does not apply", "idle", "minus"),
}


@dataclass(frozen=True)
class PreventionFilters:
    """What a list is narrowed to; empty means everything."""

    outcome: str = ""
    policy: str = ""
    pattern: str = ""

    @property
    def any(self) -> bool:
        return bool(self.outcome or self.policy or self.pattern)

    def rows(self, tenant: Tenant) -> PreventionRecordQuerySet:
        """The records that pass, unordered."""
        chosen = {"outcome": self.outcome, "policy": self.policy, "pattern": self.pattern}
        wanted = {column: value for column, value in chosen.items() if value}
        return PreventionRecord.objects.for_tenant(tenant).filter(**wanted)


@dataclass(frozen=True)
class PreventionRow:
    """One prevention in a list; `original_title` is empty if no incident is known."""

    record: PreventionRecord
    told: str
    outcome: Look
    original_title: str


@dataclass(frozen=True)
class PreventionPage:
    """One prevention in full, and whether it is evidence that the loop works."""

    record: PreventionRecord
    told: str
    outcome: Look
    original: Incident | None
    pattern_name: str
    counts: bool
    contract: str = VERSION


def filters_from(query: Mapping[str, str]) -> PreventionFilters:
    """The filters an address names; values nobody could have chosen are dropped."""
    outcome = query.get("outcome", "")
    return PreventionFilters(
        outcome=outcome if outcome in PreventionOutcome else "",
        policy=_plain(query.get("policy", "")),
        pattern=_plain(query.get("pattern", "")),
    )


def prevention_list(
    tenant: Tenant, *, filters: PreventionFilters, place: Place
) -> tuple[Page[PreventionRecord], list[PreventionRow]]:
    """A page of preventions, newest first: two queries, or three if the first is not full."""
    rows = filters.rows(tenant).select_related("policy", "evaluation")
    page = keyset.page(rows.defer("policy__conditions"), order=NEWEST, place=place)
    ids = {one.original_incident_id for one in page.rows if one.original_incident_id}
    originals = Incident.objects.for_tenant(tenant).filter(pk__in=ids)
    titles = dict(originals.values_list("pk", "title"))
    return page, [
        PreventionRow(
            record=one,
            told=_told(one),
            outcome=OUTCOMES[PreventionOutcome(one.outcome)],
            original_title=titles.get(one.original_incident_id, ""),
        )
        for one in page.rows
    ]


def prevention_page(record: PreventionRecord) -> PreventionPage:
    """A prevention in full; it comes with its policy, pattern and evaluation. One query."""
    originals = Incident.objects.filter(tenant=record.tenant_id, pk=record.original_incident_id)
    outcome = PreventionOutcome(record.outcome)
    return PreventionPage(
        record=record,
        told=_told(record),
        outcome=OUTCOMES[outcome],
        original=originals.first(),
        pattern_name=name_of(record.pattern),
        counts=is_evidence(
            created_at=record.created_at,
            activated_at=record.policy.activated_at,
            outcome=outcome,
            is_simulated=record.is_simulated,
            is_synthetic=record.is_synthetic,
        ),
    )


def _told(record: PreventionRecord) -> str:
    return told_of(record.evaluation) if record.evaluation else "A rehearsal"


def _plain(value: str) -> str:
    return "" if "\0" in value else value.strip()[:64]
