from datetime import UTC, datetime, timedelta
from typing import Any

from loops.domain.states import PolicyMode
from loops.domain.tallies import Asked, Counted, count, stints_of

DAY = datetime(2026, 1, 31, tzinfo=UTC)
SHADOW, ACTIVE, PENDING = PolicyMode.SHADOW, PolicyMode.ACTIVE, PolicyMode.PENDING


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def asked(hours: float, *verdicts: dict[str, Any], agent: str | None = None) -> Asked:
    return Asked(at(hours), agent, None, verdicts)


def says(mode: PolicyMode = SHADOW, *, revision: int = 1, excepted: bool = False) -> dict[str, Any]:
    return {"policy_id": "pol_1", "revision": revision, "mode": mode, "excepted": excepted}


def policy(mode: PolicyMode = SHADOW, *changes: tuple[float, PolicyMode], **fields: Any) -> Counted:
    moments = [(at(hours), left) for hours, left in changes]
    stints = stints_of(created_at=at(0), mode=mode, mode_since=at(0), changes=moments)
    return Counted(**{"policy_id": "pol_1", "revision": 1, "edited_at": at(0), "stints": stints}
                   | fields)  # fmt: skip


def cells(rows: list[Asked], of: Counted) -> dict[str, tuple[int, int, int]]:
    """By day and mode: evaluations, matched, excepted."""
    total = count(rows, [of])[of.policy_id]
    return {
        f"{day.day} {mode}": (one.evaluations, one.matched, one.excepted)
        for (day, mode), one in sorted(total.cells.items())
        if one.evaluations
    }


def shadow(rows: list[Asked], of: Counted) -> tuple[int, int]:
    total = count(rows, [of])[of.policy_id]
    return total.shadow_evaluations, total.shadow_would_block


def test_every_request_asks_a_policy_whether_it_matched_or_not():
    rows = [asked(1), asked(2, says()), asked(3, says(excepted=True))]
    assert cells(rows, policy()) == {"31 shadow": (3, 1, 1)}
    assert shadow(rows, policy()) == (3, 1)


def test_days_are_counted_apart():
    assert cells([asked(1), asked(25), asked(26)], policy()) == {
        "31 shadow": (1, 0, 0),
        "1 shadow": (2, 0, 0),
    }


def test_a_policy_that_waits_or_is_not_made_yet_is_not_asked():
    assert cells([asked(1)], policy(PENDING)) == {}
    assert cells([asked(-1)], policy()) == {}


def test_a_policy_of_one_agent_is_asked_by_that_agent():
    rows = [asked(1, agent="a1"), asked(2, agent="a2"), asked(3)]
    assert cells(rows, policy(agent_id="a1")) == {"31 shadow": (1, 0, 0)}


def test_requests_belong_to_the_mode_the_policy_had_when_they_came():
    rows = [asked(1), asked(3, says(ACTIVE)), asked(5)]
    of = policy(PolicyMode.DISABLED, (2, SHADOW), (4, ACTIVE))
    assert cells(rows, of) == {"31 active": (1, 1, 0), "31 shadow": (1, 0, 0)}
    assert shadow(rows, of) == (1, 0)


def test_what_a_row_says_goes_before_what_history_says():
    """A request that was judged just before the change committed bears a later time."""
    of = policy(ACTIVE, (2, SHADOW))
    assert cells([asked(2.001, says(SHADOW))], of) == {"31 shadow": (1, 1, 0)}
    assert shadow([asked(2.001, says(SHADOW))], of) == (1, 1)


def test_counters_in_shadow_begin_anew_with_a_revision():
    of = policy(revision=2, edited_at=at(2))
    rows = [asked(1), asked(1, says()), asked(3), asked(3, says(revision=2))]
    assert shadow(rows, of) == (2, 1)
    assert cells(rows, of) == {"31 shadow": (4, 2, 0)}


def test_without_a_history_only_the_mode_since_is_known():
    stints = stints_of(created_at=at(0), mode=ACTIVE, mode_since=at(2), changes=[])
    of = Counted(policy_id="pol_1", revision=1, edited_at=at(0), stints=stints)
    assert cells([asked(1), asked(3)], of) == {"31 active": (1, 0, 0)}
