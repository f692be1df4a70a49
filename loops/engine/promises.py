"""What a policy's backtest promised when it was activated, and what it does when it is broken."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from loops.actions.policy_modes import change_mode
from loops.actions.proposals import ask_about, home_of
from loops.domain.backtest import Day, Findings, Rate, broken
from loops.domain.states import ActivationPath, PolicyMode
from loops.engine.backtests import replay
from loops.models import PolicyPromise, PolicyRule, PolicyTally
from m25console.access import system_actor

WINDOW_DAYS: Final = 30
MADE_AT_ONCE: Final = 10  # promises in one run of the job
CHECKED_AT_ONCE: Final = 1000


def make_promises(now: datetime) -> Mapping[str, Any]:
    """Replay the 30 days before their activation for active policies that promised nothing yet."""
    waiting = PolicyRule.objects.filter(~Exists(_promises()), mode=PolicyMode.ACTIVE)
    made = [_promise(one, now=now) for one in waiting.order_by("activated_at", "pk")[:MADE_AT_ONCE]]
    PolicyPromise.objects.bulk_create(made)
    return {"made": len(made)}


def check_promises(now: datetime) -> Mapping[str, Any]:
    """Put policies back to shadow that acted more or less than promised, two days in a row."""
    active = PolicyRule.objects.filter(Exists(_promises()), mode=PolicyMode.ACTIVE)
    ids = list(active.order_by("pk").values_list("pk", flat=True)[:CHECKED_AT_ONCE])
    return {"checked": len(ids), "broken": sum(_check(one, now=now) for one in ids)}


def promise_of(policy: PolicyRule) -> PolicyPromise | None:
    """What the policy promised for its activation in force and its revision."""
    return promises_of(policy.pk).first()


def promises_of(policy_id: str) -> QuerySet[PolicyPromise]:
    """The same as a list of one, or of none while it promised nothing."""
    mine = PolicyPromise.objects.filter(policy=policy_id, revision=F("policy__revision"))
    return mine.filter(made_at__gte=F("policy__activated_at")).order_by("-made_at")[:1]


def tallies_of(policy_id: str, *, now: datetime) -> QuerySet[PolicyTally, Any]:
    """What a policy did while active, by whole days (UTC), since its last activation; oldest
    first."""
    tallies = PolicyTally.objects.filter(
        policy=policy_id,
        mode=PolicyMode.ACTIVE,
        day__gte=TruncDate("policy__activated_at", tzinfo=UTC),
        day__lt=now.astimezone(UTC).date(),
    )
    return tallies.order_by("day").values("day", "evaluations", "matched")


def days_of(promise: PolicyPromise, tallies: Iterable[Mapping[str, Any]]) -> list[Day]:
    """Those of `tallies_of` since it promised."""
    first = promise.made_at.astimezone(UTC).date()
    return [
        Day(one["day"], one["evaluations"], one["matched"])
        for one in tallies
        if one["day"] >= first
    ]


def rate_of(promise: PolicyPromise) -> Rate:
    return Rate(promise.expected_rate, promise.low, promise.high)


def counts_of(found: Findings) -> dict[str, int | str]:
    """A replay's counts, as they are kept with a promise."""
    return {
        "stopped": len(found.stopped),
        "failures": found.failures,
        "good_blocked": len(found.good_blocked),
        "good": found.good,
        "unknown_blocked": len(found.unknown_blocked),
        "missed": len(found.missed),
        "acted": found.acted,
        "asked": found.asked,
        "verdict": found.verdict,
    }


def _promises() -> Any:
    return PolicyPromise.objects.filter(
        policy=OuterRef("pk"),
        revision=OuterRef("revision"),
        made_at__gte=OuterRef("activated_at"),
    ).values(found=F("pk"))


def _promise(policy: PolicyRule, *, now: datetime) -> PolicyPromise:
    until = policy.activated_at or now
    result = replay(policy, since=until - timedelta(days=WINDOW_DAYS), until=until)
    return PolicyPromise(
        tenant_id=policy.tenant_id,
        policy=policy,
        revision=policy.revision,
        window_days=WINDOW_DAYS,
        evaluations=result.findings.asked,
        expected_rate=result.rate.expected,
        low=result.rate.low,
        high=result.rate.high,
        results=counts_of(result.findings),
        made_at=now,
    )


@transaction.atomic
def _check(policy_id: str, *, now: datetime) -> bool:
    """Whether the policy broke its promise and is in shadow for it now."""
    # Locks in their order: the loop, then the policy.
    trace = home_of(PolicyRule.objects.get(pk=policy_id))
    policy = PolicyRule.objects.select_related("tenant").locked().get(pk=policy_id)
    promise = promise_of(policy) if policy.mode == PolicyMode.ACTIVE else None
    if promise is None:
        return False
    outside = broken(days_of(promise, tallies_of(policy.pk, now=now)), rate_of(promise))
    if not outside:
        return False
    gap = gap_words(promise, outside)
    change_mode(
        policy,
        to=PolicyMode.SHADOW,
        path=ActivationPath.PROMISE_BROKEN,
        now=now,
        by=system_actor(policy.tenant, label="the console"),
        note=gap,
    )
    if trace is not None:
        ask_about(policy, trace=trace, now=now, why=gap)
    return True


def gap_words(promise: PolicyPromise, outside: list[Day]) -> str:
    """By how much a promise was missed, in a sentence."""
    told = " and ".join(
        f"{(day.rate or 0):.1%} of {day.evaluations:,} on {day.day:%-d %B}" for day in outside
    )
    return (
        f"It acted on {told}, though its backtest had promised {promise.expected_rate or 0:.1%} "
        f"({promise.low or 0:.1%} to {promise.high or 0:.1%})."
    )
