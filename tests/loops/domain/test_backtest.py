from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from loops.domain.backtest import Day, DayVerdict, Event, Rate, broken, judged, replay, wilson
from loops.domain.conditions import compile_condition, equals
from loops.domain.evaluation import Rule
from loops.domain.states import PolicyAction, PolicyMode, TrafficLabel

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
GOOD, BAD = TrafficLabel.GOOD, TrafficLabel.BAD
PROMISE = Rate(0.10, 0.08, 0.12)


def rule(**fields: Any) -> Rule:
    return Rule(
        policy_id="pol_1", tenant_id="t", revision=1, name="a", mode=PolicyMode.ACTIVE,
        action=PolicyAction.BLOCK, params={}, priority=1, created_at=NOW,
        condition=compile_condition(equals("error_type", "timeout")), **fields,
    )  # fmt: skip


def event(kind: str = "timeout", **fields: Any) -> Event:
    return Event(id="e", at=NOW, features={"error_type": kind}, told="", **fields)


def incident(kind: str = "timeout", **fields: Any) -> Event:
    return event(kind, is_incident=True, **fields)


def test_a_known_history_is_counted_as_by_hand():
    history = [
        *[incident(of_pattern=True)] * 6,
        *[incident("slow", of_pattern=True)] * 2,
        incident("unrelated"),
        *[incident(of_pattern=True, taught=True)] * 3,
        *[event(label=GOOD)] * 2,
        *[event("fine", label=GOOD)] * 1138,
        *[event()] * 4,
        event("fine"),
    ]
    found = replay(rule(), history)
    assert found.verdict == "stops 6 of 8 others, blocks 2 of 1,140 good requests"
    assert (len(found.stopped), len(found.missed), len(found.taught)) == (6, 2, 3)
    assert (len(found.good_blocked), len(found.unknown_blocked)) == (2, 4)
    assert (found.acted, found.asked) == (6, 1145)


def test_what_it_was_learned_from_is_no_success():
    found = replay(rule(), [incident(of_pattern=True, taught=True)])
    assert (found.failures, len(found.taught)) == (0, 1)


def test_a_request_that_proved_bad_is_a_failure_too():
    found = replay(rule(), [event(label=BAD), event("slow", label=BAD, of_pattern=True)])
    assert (len(found.stopped), len(found.missed)) == (1, 1)
    assert found.verdict == "stops 1 of 2 others, blocks 0 of 0 good requests"


def test_without_anything_it_says_so():
    assert replay(rule(), []).verdict == "nothing to compare it with"


def test_requests_of_other_agents_do_not_ask_a_policy_of_one_agent():
    found = replay(rule(agent_id="a1"), [event()])
    assert (found.asked, found.acted) == (0, 0)


@pytest.mark.parametrize(
    ("hits", "of", "rate"),
    [
        (0, 0, Rate()),
        (0, 10, Rate(0.0, 0.0, 0.277533)),
        (10, 10, Rate(1.0, 0.722467, 1.0)),
        (1, 10, Rate(0.1, 0.017876, 0.404150)),
        (50, 100, Rate(0.5, 0.403832, 0.596168)),
    ],
)
def test_intervals_are_those_of_wilson(hits, of, rate):
    assert wilson(hits=hits, of=of) == rate


def day(number: int, acted: int, evaluations: int = 100) -> Day:
    return Day(date(2026, 1, 1) + timedelta(days=number), evaluations, acted)


def test_a_day_is_judged_by_the_interval():
    assert judged(day(1, 10), PROMISE) is DayVerdict.KEPT
    assert judged(day(1, 12), PROMISE) is DayVerdict.KEPT
    assert judged(day(1, 13), PROMISE) is DayVerdict.OUTSIDE
    assert judged(day(1, 2), PROMISE) is DayVerdict.OUTSIDE
    assert judged(day(1, 29, 29), PROMISE) is DayVerdict.INCONCLUSIVE
    assert judged(day(1, 30, 30), PROMISE) is DayVerdict.OUTSIDE
    assert judged(day(1, 50), Rate()) is DayVerdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("days", "breaks"),
    [
        ([day(1, 50)], 0),
        ([day(1, 50), day(2, 10), day(3, 50)], 0),
        ([day(1, 50), day(3, 50)], 0),
        ([day(1, 50), day(2, 29, 29), day(3, 50)], 0),
        ([day(1, 10), day(2, 50), day(3, 1)], 2),
        ([day(3, 1), day(2, 50)], 2),
    ],
)
def test_two_days_in_a_row_outside_break_a_promise(days, breaks):
    assert len(broken(days, PROMISE)) == breaks
