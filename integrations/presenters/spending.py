"""Charts of what was used: by day, by model or by integration, and how long a budget lasts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Sum

from integrations.actions.enforcement import limits_of
from integrations.domain import months, usage
from integrations.domain.states import PolicyResult
from integrations.models import Integration, UsageDay, UsageSlice
from integrations.templatetags.cents import dollars
from loops.domain.figures import DAY, Period, Steps, steps_of
from m25console.charts import LINES, Chart, Line
from m25console.looks import Look
from m25console.models import Tenant

DAYS: Final = 31  # of slices, so that the longest month is whole
PACE_DAYS: Final = 7  # before today, whose cost tells how a budget goes on
TOP: Final = ("accent", "info", "ok", "warn")  # colours of those told by name; the rest is together
OTHERS: Final = Look("All others", "idle", "")
_USUAL: Final = Look("On average", "accent", "")
_MOST: Final = Look("95 in 100 within", "warn", "")
_ANSWERED: Final = Look("Came back", "ok", "")
_FAILED: Final = Look("Failed", "bad", "")
_BLOCKED: Final = Look("Blocked", "idle", "")
_IN: Final = Look("Read", "accent", "")
_OUT: Final = Look("Written", "info", "")
_RATE: Final = Look("Calls that failed", "bad", "")
_LEFT: Final = Look("Left of the budget", "accent", "")
_AHEAD: Final = Look("If it goes on like this", "warn", "")


@dataclass(frozen=True)
class Burn:
    """How a month's budget goes; `spent_on` is None if it lasts. `raised_until` is None unless
    `limit` is more than its `usual_limit` for a while."""

    limit: str
    usual_limit: str
    raised_until: datetime | None
    used: str
    a_day: str
    spent_on: date | None
    is_spent: bool
    chart: Chart


def slices_of(row: Integration, *, now: datetime) -> list[UsageSlice]:
    """The sums of its last days: one query."""
    today = now.astimezone(UTC).date()
    mine = UsageSlice.objects.filter(
        tenant_id=row.tenant_id, integration_id=row.pk, date__gt=today - timedelta(days=DAYS)
    )
    return list(mine.order_by("date"))


def days_of(slices: Sequence[UsageSlice]) -> list[UsageDay]:
    """The sums of each day, the latest first; not stored."""
    by_day: dict[date, list[UsageSlice]] = defaultdict(list)
    for one in slices:
        by_day[one.date].append(one)
    return [_summed(day, by_day[day]) for day in sorted(by_day, reverse=True)]


def _summed(day: date, slices: Sequence[UsageSlice]) -> UsageDay:
    names = ("total_calls", "total_tokens_in", "total_tokens_out", "total_cost_cents")
    return UsageDay(
        date=day,
        avg_latency_ms=_average(slices),
        error_count=sum(one.total_calls for one in slices if one.error_code),
        blocked_count=sum(one.total_calls for one in slices if _was_blocked(one)),
        **{name: sum(getattr(one, name) for one in slices) for name in names},
    )


def charts_of(slices: Sequence[UsageSlice], *, now: datetime) -> list[Chart]:
    """Cost, calls, tokens, failures and latency of the last thirty days."""
    days = _Days(steps_of(Period.MONTH, now=now), slices)
    return [_cost(days), _calls(days), _tokens(days), _failures(days), _latency(days)]


def burn_of(row: Integration, slices: Sequence[UsageSlice], *, now: datetime) -> Burn | None:
    """How its budget goes this month; None if it has none. `row` must be `with_use`."""
    usual, limit = row.budget_limit_cents, limits_of(row, now=now).budget_cents
    if not limit:
        return None
    raised = row.raised_at(now) if limit != usual else None
    begins, ends = months.month_of(now)
    used: Any = row
    today, last = now.astimezone(UTC).date(), (ends - DAY).date()
    costs = _costs(slices)
    a_day = sum(costs[today - DAY * back] for back in range(1, PACE_DAYS + 1)) / PACE_DAYS
    spent = usage.spent_on(used=used.cents_used, limit=limit, a_day=a_day, today=today, ends=last)
    return Burn(
        limit=dollars(limit), usual_limit=dollars(usual), used=dollars(used.cents_used),
        raised_until=raised.until if raised else None, a_day=dollars(round(a_day)),
        spent_on=spent, is_spent=used.cents_used >= limit,
        chart=_burning(costs, limit=limit, a_day=a_day, begins=begins, today=today, last=last),
    )  # fmt: skip


def paces(tenant: Tenant, *, now: datetime) -> dict[str, float]:
    """What each integration of a tenant cost a day, in cents, in the days before today: one
    query."""
    today = now.astimezone(UTC).date()
    days = UsageDay.objects.filter(
        tenant=tenant, date__gte=today - DAY * PACE_DAYS, date__lt=today
    ).values("integration_id")
    sums = days.annotate(cents=Sum("total_cost_cents"))
    return {one["integration_id"]: one["cents"] / PACE_DAYS for one in sums}


class _Days:
    """Slices by day, as lines of a chart want them."""

    def __init__(self, steps: Steps, slices: Iterable[UsageSlice]) -> None:
        self.steps = steps
        self._by_day: dict[date, list[UsageSlice]] = defaultdict(list)
        for one in slices:
            if one.date >= steps.since.date():
                self._by_day[one.date].append(one)

    @property
    def slices(self) -> Iterable[UsageSlice]:
        return (one for several in self._by_day.values() for one in several)

    def each(self, value: Callable[[list[UsageSlice]], float | None]) -> list[float | None]:
        return [value(self._by_day.get(begin.date(), [])) for begin in self.steps.begins]

    def sums(
        self, name: str, *, of: Callable[[UsageSlice], bool] = lambda _one: True
    ) -> list[float | None]:
        return self.each(lambda day: sum(getattr(one, name) for one in day if of(one)))


def _costs(slices: Iterable[UsageSlice]) -> dict[date, int]:
    costs: dict[date, int] = defaultdict(int)
    for one in slices:
        costs[one.date] += one.total_cost_cents
    return costs


def leading(sums: Iterable[tuple[str, int]]) -> list[str]:
    """The names whose sums are largest, as many as have a colour of their own."""
    together: dict[str, int] = defaultdict(int)
    for name, number in sums:
        together[name] += number
    return sorted(together, key=lambda name: (-together[name], name))[: len(TOP)]


def _cost(days: _Days) -> Chart:
    top = leading((one.model, one.total_cost_cents) for one in days.slices)
    total = sum(one.total_cost_cents for one in days.slices)
    unpriced = sum(one.unpriced_count for one in days.slices)
    lines = [
        Line(Look(name, tone, ""), _in_dollars(days.sums("total_cost_cents", of=_is(name))))
        for name, tone in zip(top, TOP, strict=False)
    ]
    rest = _in_dollars(days.sums("total_cost_cents", of=lambda one: one.model not in top))
    calls = "1 call" if unpriced == 1 else f"{unpriced:,} calls"
    notes = [f"Of models without a price: {calls}, counted as reported."]
    return Chart(
        key="cost", title="Cost", about="by model", steps=days.steps, unit="dollars",
        summary=f"{dollars(total)} in thirty days.", notes=notes if unpriced else (),
        lines=[*lines, Line(OTHERS, rest)] if any(rest) else lines,
        empty="Nothing was spent in the last thirty days.",
    )  # fmt: skip


def _is(model: str) -> Callable[[UsageSlice], bool]:
    return lambda one: one.model == model


def _in_dollars(cents: Sequence[float | None]) -> list[float | None]:
    return [None if one is None else one / 100 for one in cents]


def _was_blocked(one: UsageSlice) -> bool:
    return one.policy_result == PolicyResult.BLOCKED


def _failed(one: UsageSlice) -> bool:
    return bool(one.error_code) and not _was_blocked(one)


def _calls(days: _Days) -> Chart:
    kinds = (
        (_FAILED, _failed), (_BLOCKED, _was_blocked),
        (_ANSWERED, lambda one: not _failed(one) and not _was_blocked(one)),
    )  # fmt: skip
    total = sum(one.total_calls for one in days.slices)
    return Chart(
        key="calls-by-day", title="Calls", about="by what came of them",
        summary=f"{total:,} calls in thirty days.", steps=days.steps,
        lines=[Line(look, days.sums("total_calls", of=of)) for look, of in kinds],
        empty="No call was made in the last thirty days.",
    )  # fmt: skip


def _tokens(days: _Days) -> Chart:
    read, written = (
        sum(getattr(one, name) for one in days.slices)
        for name in ("total_tokens_in", "total_tokens_out")
    )
    return Chart(
        key="tokens", title="Tokens", about="read by the models, and written",
        summary=f"{read:,} read and {written:,} written.", steps=days.steps,
        lines=[
            Line(_OUT, days.sums("total_tokens_out")), Line(_IN, days.sums("total_tokens_in")),
        ],
        empty="No tokens were used in the last thirty days.",
    )  # fmt: skip


def _failures(days: _Days) -> Chart:
    made = [one for one in days.slices if not _was_blocked(one)]
    rate = _share_failed(made)
    return Chart(
        key="errors", title="Failures", about="of the calls that were made",
        summary="" if rate is None else f"{rate:.1f}% of the calls failed.", steps=days.steps,
        lines=[Line(_RATE, days.each(_share_failed))], kind=LINES, unit="percent",
        empty="No call failed in the last thirty days.", gap="no calls",
    )  # fmt: skip


def _share_failed(slices: Sequence[UsageSlice]) -> float | None:
    made = [one for one in slices if not _was_blocked(one)]
    calls = sum(one.total_calls for one in made)
    failed = sum(one.total_calls for one in made if one.error_code)
    return 100 * failed / calls if calls else None


def _latency(days: _Days) -> Chart:
    most = days.each(_most)
    slowest = max((one for one in most if one is not None), default=0)
    return Chart(
        key="call-latency", title="Answer after", about="as the callers measured",
        summary=f"On the slowest day, 95 in 100 calls came back within {slowest:,.0f} ms.",
        steps=days.steps, lines=[Line(_USUAL, days.each(_average)), Line(_MOST, most)],
        kind=LINES, unit="ms", empty="No caller told how long its calls took.", gap="not told",
    )  # fmt: skip


def _average(slices: Sequence[UsageSlice]) -> float | None:
    timed = sum(one.timed_count for one in slices)
    return round(sum(one.latency_ms for one in slices) / timed) if timed else None


def _most(slices: Sequence[UsageSlice]) -> float | None:
    counted = [one.latency_counts for one in slices if one.latency_counts]
    return usage.within([sum(place) for place in zip(*counted, strict=True)], share=0.95)


def _burning(
    costs: dict[date, int], *, limit: int, a_day: float, begins: datetime, today: date, last: date
) -> Chart:
    days = [begins.date() + DAY * one for one in range((last - begins.date()).days + 1)]
    gone, left, ahead = 0, list[float | None](), list[float | None]()
    for day in days:
        gone += costs[day]
        left.append((limit - gone) / 100 if day <= today else None)
        rest = limit - gone - a_day * (day - today).days
        ahead.append(max(0.0, rest) / 100 if day >= today else None)
    starts = [datetime.combine(day, time(), tzinfo=UTC) for day in days]
    return Chart(
        key="burn", title="Budget of this month", about="what is left of it, and ahead",
        summary=f"{dollars(limit)} for the month.", steps=Steps(starts, DAY),
        lines=[Line(_LEFT, left), Line(_AHEAD, ahead)], kind=LINES, unit="dollars", gap="—",
        empty="The budget of this month is used up.",
    )  # fmt: skip
