"""A policy's backtest, and what it promised, as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from loops.domain.backtest import Day, DayVerdict, Event, Rate, judged
from loops.engine.backtests import Replay, events_of, replay
from loops.engine.promises import days_of, promise_of, rate_of
from loops.models import PolicyPromise, PolicyRule
from m25console.looks import Look

WINDOWS: Final = (7, 30, 90)  # days
USUAL_WINDOW: Final = 30
SHOWN: Final = 25  # events in each list
DAYS_SHOWN: Final = 14
_LISTS: Final[Mapping[str, tuple[str, str, str]]] = {
    "stopped": (
        "Would have been stopped",
        "Failures it was not learned from, and would have stopped.",
        "It would have stopped none.",
    ),
    "good_blocked": (
        "Good, but blocked",
        "Requests that proved good, and that it would have acted on.",
        "It would have acted on no request that proved good.",
    ),
    "unknown_blocked": (
        "Blocked, outcome unknown",
        "Requests it would have acted on, of which nobody said how they went.",
        "It would have acted on no other request.",
    ),
    "missed": (
        "Would have been missed",
        "Failures of its own pattern that it would have let through.",
        "It would have missed none of its own pattern.",
    ),
    "taught": (
        "It was learned from these",
        "It stops them by its making, so they prove nothing and are not counted.",
        "None of the incidents it was learned from lie in this time.",
    ),
}
VERDICTS: Final[Mapping[DayVerdict, Look]] = {
    DayVerdict.KEPT: Look("As promised", "ok", "check"),
    DayVerdict.OUTSIDE: Look("Outside", "bad", "alert-triangle"),
    DayVerdict.INCONCLUSIVE: Look("Inconclusive", "idle", "help-circle"),
}


@dataclass(frozen=True)
class EventList:
    """One list of a replay; `events` are the newest, `count` is of all."""

    key: str
    title: str
    explained: str
    none: str
    count: int
    events: Sequence[Event]

    @property
    def hidden(self) -> int:
        return self.count - len(self.events)


@dataclass(frozen=True)
class ReplayPage:
    """Everything the page shows."""

    policy: PolicyRule
    days: int
    result: Replay
    lists: Sequence[EventList]

    @property
    def counted(self) -> Sequence[EventList]:
        return [one for one in self.lists if one.key != "taught"]


@dataclass(frozen=True)
class PromiseDay:
    day: Day
    look: Look


@dataclass(frozen=True)
class PromisePanel:
    """What a policy promised and what it does; the latest whole days first."""

    promise: PolicyPromise
    rate: Rate
    days: Sequence[PromiseDay]
    verdict: str


def window_from(query: Mapping[str, str]) -> int:
    """The window an address wants, in days."""
    return next((one for one in WINDOWS if str(one) == query.get("days")), USUAL_WINDOW)


def replay_page(policy: PolicyRule, *, days: int, now: datetime) -> ReplayPage:
    """The replay of a policy's last days."""
    result = replay(policy, since=now - timedelta(days=days), until=now)
    return ReplayPage(policy=policy, days=days, result=result, lists=lists_of(result))


def lists_of(result: Replay) -> list[EventList]:
    """The lists of a replay, the newest events first."""
    return [
        EventList(key, *_LISTS[key], len(events), _newest(events))
        for key, events in events_of(result.findings)
    ]


def promise_panel(policy: PolicyRule, *, now: datetime) -> PromisePanel | None:
    """Promised and actual of the activation in force: two queries. None before it promised."""
    promise = promise_of(policy)
    return panel_of(policy, promise, now=now) if promise else None


def panel_of(policy: PolicyRule, promise: PolicyPromise, *, now: datetime) -> PromisePanel:
    """What it promised beside what it did since; one query."""
    rate = rate_of(promise)
    days = days_of(policy, promise, now=now)[-DAYS_SHOWN:][::-1]
    looks = [PromiseDay(one, VERDICTS[judged(one, rate)]) for one in days]
    return PromisePanel(promise, rate, looks, str(promise.results.get("verdict", "")))


def _newest(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda one: one.at, reverse=True)[:SHOWN]
