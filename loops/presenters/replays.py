"""A policy's backtest, and what it promised, as pages show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from loops.domain.backtest import Day, DayVerdict, Event, Rate, judged
from loops.engine.backtests import Replay, events_of, replay
from loops.engine.promises import days_of, promises_of, rate_of, tallies_of
from loops.models import PolicyPromise, PolicyRule
from m25console.access import Actor
from m25console.looks import Look
from m25console.refusals import NotFound
from m25console.together import fetch_together

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


def policy_of(
    actor: Actor, policy_id: str, *, now: datetime
) -> tuple[PolicyRule, PromisePanel | None]:
    """The policy, and promised and actual of the activation in force unless it promised nothing:
    one query. Raises NotFound unless it is of the actor's tenant."""
    policies = PolicyRule.objects.for_tenant(actor.tenant).filter(pk=policy_id)
    promises, tallies = promises_of(policy_id), tallies_of(policy_id, now=now)
    fetch_together(policies, promises, tallies)
    for policy in policies:
        return policy, panel_of(promises, tallies)
    raise NotFound("There is no such policy.")


def panel_of(
    promises: Iterable[PolicyPromise], tallies: Iterable[Mapping[str, Any]]
) -> PromisePanel | None:
    """What was promised beside what was done since; None before the first promise."""
    for promise in promises:
        rate = rate_of(promise)
        days = days_of(promise, tallies)[-DAYS_SHOWN:][::-1]
        looks = [PromiseDay(one, VERDICTS[judged(one, rate)]) for one in days]
        return PromisePanel(promise, rate, looks, str(promise.results.get("verdict", "")))
    return None


def _newest(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda one: one.at, reverse=True)[:SHOWN]
