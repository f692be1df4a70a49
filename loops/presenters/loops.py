"""The list of loops: where each one stands, the latest activity first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from loops.domain.failures import EXPLANATIONS
from loops.domain.progress import LABELS, completion_pct
from loops.domain.states import FailureState, LoopOutcome, Severity, Stage
from loops.models import LoopTrace
from loops.models.traces import LoopTraceQuerySet
from loops.presenters.incidents import PERIODS
from loops.presenters.looks import OUTCOMES, SEVERITIES
from loops.presenters.strips import StripStage, strip
from m25console import keyset
from m25console.keyset import Order, Page, Place
from m25console.looks import Look
from m25console.models import Tenant

LATEST: Final = Order("last_activity_at")
# Those that want somebody come first.
TABS: Final = (
    LoopOutcome.WAITING,
    LoopOutcome.FAILED,
    LoopOutcome.RUNNING,
    LoopOutcome.ENDED,
    LoopOutcome.COMPLETE,
)
_COUNTED: Final = keyset.COUNTED_AT_MOST


@dataclass(frozen=True)
class LoopRow:
    """One loop in a list."""

    loop_id: str
    title: str
    severity: Look
    agent: str
    outcome: Look
    strip: Sequence[StripStage]
    done: str
    state: str
    at: datetime


@dataclass(frozen=True)
class Tab:
    """One outcome to narrow the list to, with the number of loops."""

    outcome: str
    label: str
    count: str
    is_chosen: bool


@dataclass(frozen=True)
class LoopFilters:
    """What the list is narrowed to; empty means everything."""

    outcome: str = ""
    active: str = ""  # the period in which it last moved

    def of(
        self, tenant: Tenant, *, outcomes: Sequence[str] = (), now: datetime
    ) -> LoopTraceQuerySet:
        """The loops of these outcomes that pass, unordered; without any, of the one chosen."""
        rows = LoopTrace.objects.for_tenant(tenant)
        wanted = outcomes or ([self.outcome] if self.outcome else ())
        if wanted:
            rows = rows.filter(outcome__in=wanted)
        if self.active:
            rows = rows.filter(last_activity_at__gte=now - PERIODS[self.active][1])
        return rows


def filters_from(query: Mapping[str, str]) -> LoopFilters:
    """The filters an address names; what it misspells narrows nothing."""
    outcome, active = query.get("outcome", ""), query.get("active", "")
    return LoopFilters(outcome if outcome in TABS else "", active if active in PERIODS else "")


def loop_list(
    tenant: Tenant, *, filters: LoopFilters, place: Place, now: datetime
) -> tuple[Page[LoopTrace], list[LoopRow]]:
    """A page of loops, the latest activity first: two queries."""
    found = _window(tenant, filters=filters, place=place, now=now)
    if place.backwards and len(found) <= keyset.SIZE:
        place = Place()
        found = _window(tenant, filters=filters, place=place, now=now)
    page = keyset.page_of(found, order=LATEST, place=place)
    return page, [_row(trace) for trace in page.rows]


def arrived_since(tenant: Tenant, *, filters: LoopFilters, key: str, now: datetime) -> str:
    """How many loops moved after the one with this key: "" for none, at most "100+"."""
    outcomes = [filters.outcome] if filters.outcome else TABS  # the index begins with them
    rows = filters.of(tenant, outcomes=outcomes, now=now).filter(LATEST.before(key))
    told = keyset.counted(rows, at_most=100)
    return "" if told == "0" else told


def tabs(tenant: Tenant, *, filters: LoopFilters, now: datetime) -> list[Tab]:
    """The outcomes with their numbers, "1,000+" at most: one query of index entries only."""
    kept = [
        filters.of(tenant, outcomes=[one], now=now).order_by().values("outcome")[: _COUNTED + 1]
        for one in TABS
    ]
    found = [row["outcome"] for row in kept[0].union(*kept[1:], all=True)]
    numbers = {outcome: found.count(outcome) for outcome in TABS}
    return [
        Tab(outcome, OUTCOMES[outcome].text, _told(number), outcome == filters.outcome)
        for outcome, number in numbers.items()
    ]


def _told(number: int) -> str:
    return f"{_COUNTED:,}+" if number > _COUNTED else f"{number:,}"


def _window(
    tenant: Tenant, *, filters: LoopFilters, place: Place, now: datetime
) -> list[LoopTrace]:
    """The loops a page needs. All outcomes are read one by one, as the index holds them."""
    lists = [
        filters.of(tenant, outcomes=[one], now=now)
        for one in ([filters.outcome] if filters.outcome else TABS)
    ]
    windows = [
        keyset.window(rows, order=LATEST, place=place).values("pk", LATEST.column) for rows in lists
    ]
    names = LATEST.names(reverse=place.backwards)
    nearest = (
        windows[0].union(*windows[1:], all=True).order_by(*names) if windows[1:] else windows[0]
    )
    wanted = [row["pk"] for row in nearest[: keyset.SIZE + 1]]
    loops = LoopTrace.objects.filter(tenant=tenant, pk__in=wanted).select_related("incident")
    return sorted(loops.only(*_ROW_COLUMNS), key=lambda one: wanted.index(one.pk))


_ROW_COLUMNS: Final = (
    "tenant_id", "current_stage", "stages", "failure_state", "failure_detail", "is_complete",
    "is_blocked", "outcome", "last_activity_at", "incident__title", "incident__severity",
    "incident__affected_agent_id",
)  # fmt: skip


def _row(trace: LoopTrace) -> LoopRow:
    return LoopRow(
        loop_id=trace.pk,
        title=trace.incident.title,
        severity=SEVERITIES[Severity(trace.incident.severity)],
        agent=trace.incident.affected_agent_id or "",
        outcome=OUTCOMES[LoopOutcome(trace.outcome)],
        strip=strip(trace),
        done=f"{completion_pct([Stage(one) for one in trace.stages['completed']])}%",
        state=_state(trace),
        at=trace.last_activity_at,
    )


def _state(trace: LoopTrace) -> str:
    """Where it stands, in one sentence."""
    if trace.is_complete:
        return "All five stages are done."
    stage = LABELS[Stage(trace.current_stage)]
    if trace.is_blocked:
        return f"Waits at stage {stage}."
    if trace.failure_state is None:
        return f"At work on stage {stage}."
    told = EXPLANATIONS[FailureState(trace.failure_state)].what_happened
    return told if trace.current_stage == Stage.LOOP_COMPLETE else f"{stage}: {told}"
