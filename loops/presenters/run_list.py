"""The list of runs: first those that are stuck, the longest overdue on top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import CharField, QuerySet, Value

from loops.domain.governance import ENDED
from loops.domain.runtime_audit import Key
from loops.domain.states import AuditAction, AuditDomain, ReconciliationStatus, RunPhase, RunStatus
from loops.models import AuditRun
from loops.presenters.runs import ACTIONS, FINDINGS, PHASES, STATUSES
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

STUCK: Final = ""
LONGEST_OVERDUE: Final = Order("overdue_since", tie="run_id", rising=True)
NEWEST: Final = Order("created_at", tie="run_id")
TABS: Final = (
    ReconciliationStatus.STALE,
    ReconciliationStatus.INCOMPLETE,
    ReconciliationStatus.INVALID,
    ReconciliationStatus.PENDING,
    ReconciliationStatus.COMPLETE,
)
_COUNTED: Final = keyset.COUNTED_AT_MOST


@dataclass(frozen=True)
class RunRow:
    """One run in a list."""

    number: int
    run_id: str
    is_loop: bool
    look: Look
    phase: str
    missing: str
    other: str  # drift and failures
    overdue_since: datetime | None
    begun_at: datetime


@dataclass(frozen=True)
class Tab:
    """One reconciliation to narrow the list to, with the number of runs."""

    value: str
    label: str
    count: str
    is_chosen: bool


def finding_from(query: Mapping[str, str]) -> str:
    """The reconciliation an address names, empty for the stuck ones."""
    wanted = query.get("reconciliation", "")
    return wanted if wanted in TABS else STUCK


def run_list(tenant: Tenant, *, finding: str, place: Place) -> tuple[Page[AuditRun], list[RunRow]]:
    """A page of runs: those stuck, the longest overdue first; or of one finding, newest first."""
    order = NEWEST if finding else LONGEST_OVERDUE
    page = keyset.page(of_finding(tenant, finding), order=order, place=place)
    return page, [_row(run) for run in page.rows]


def tabs(tenant: Tenant, *, chosen: str) -> list[Tab]:
    """The ways to narrow the list with their numbers, "1,000+" at most: one query."""
    wanted = (STUCK, *TABS)
    kept = [
        of_finding(tenant, finding)
        .order_by()
        .annotate(mark=Value(finding, output_field=CharField()))
        .values("mark")[: _COUNTED + 1]
        for finding in wanted
    ]
    found = [row["mark"] for row in kept[0].union(*kept[1:], all=True)]
    return [
        Tab(
            finding,
            FINDINGS[ReconciliationStatus(finding)].text if finding else "Stuck",
            _told(found.count(finding)),
            finding == chosen,
        )
        for finding in wanted
    ]


def _told(number: int) -> str:
    return f"{_COUNTED:,}+" if number > _COUNTED else f"{number:,}"


def of_finding(tenant: Tenant, finding: str) -> QuerySet[AuditRun]:
    """The runs reconciled to this, or those that are stuck; unordered."""
    mine = AuditRun.objects.for_tenant(tenant)
    if finding:
        return mine.filter(reconciliation=finding)
    return mine.filter(overdue_since__isnull=False)


def _row(run: AuditRun) -> RunRow:
    findings: Mapping[str, Sequence[str]] = run.findings or {}
    phase, status = RunPhase(run.phase), STATUSES[RunStatus(run.status)]
    other = [*findings.get("failed", ()), *findings.get("drift", ())]
    return RunRow(
        number=run.pk,
        run_id=run.run_id,
        is_loop=run.trace_id is not None,
        look=FINDINGS[ReconciliationStatus(run.reconciliation)],
        phase=status.capitalize() if phase in ENDED else f"{PHASES[phase]}, {status}",
        missing=_words(findings.get("missing", ())),
        other=_words(other),
        overdue_since=run.overdue_since,
        begun_at=run.created_at,
    )


def _words(keys: Sequence[str]) -> str:
    named = (key.partition("/") for key in keys)
    return ", ".join(ACTIONS[Key(AuditDomain(one), AuditAction(two))] for one, _, two in named)
