"""Which questions are equivalent, which stand apart, and which are looked at first."""

from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.groups import Member, apart, group_key, samples

START = datetime(2026, 7, 1, tzinfo=UTC)
SUBJECT = {
    "pattern_id": "pat_1",
    "incident_id": "inc_1",
    "action_type": "retry",
    "action_params": {"times": 3},
}
ASKED = {
    "checkpoint_type": "approve_recovery",
    "stage": "recovery_suggested",
    "pattern": "pat_1",
    "risk": 2,
    "contract": {"band": "weak_match", "approvals": 1, "subject": SUBJECT, "target_id": "rec_1"},
}


def member(number: int, *, confidence: float | None = 0.7, agent: str = "a", **more) -> Member:
    created = START + timedelta(minutes=number)
    return Member(f"chk_{number:02}", created, confidence, agent, **more)


def other(**subject) -> dict:
    contract = ASKED["contract"]
    return ASKED | {"contract": contract | {"subject": SUBJECT | subject}}


def test_another_incident_and_recovery_are_the_same_question():
    again = other(incident_id="inc_2")
    again["contract"] = again["contract"] | {"target_id": "rec_2"}
    assert group_key(**again) == group_key(**ASKED)


@pytest.mark.parametrize(
    "different",
    [
        other(action_type="escalate"),
        other(action_params={"times": 4}),
        ASKED | {"risk": 1},
        ASKED | {"pattern": "pat_2"},
        ASKED | {"stage": "pattern_matched"},
        ASKED | {"contract": ASKED["contract"] | {"band": "strong_match"}},
        ASKED | {"contract": ASKED["contract"] | {"approvals": 2}},
    ],
)
def test_what_would_be_done_or_how_risky_it_is_tells_questions_apart(different):
    assert group_key(**different) != group_key(**ASKED)


def test_the_odd_ones_are_set_apart_and_told_why():
    usual = [member(number) for number in range(5)]
    odd = [
        member(5, confidence=0.81),
        member(6, claimed_by_another="robin"),
        member(7, is_deferred=True),
    ]
    found = apart([*usual, *odd])
    assert list(found) == ["chk_05", "chk_06", "chk_07"]
    assert "81%" in found["chk_05"]
    assert "robin" in found["chk_06"]


def test_a_confidence_at_the_edge_still_belongs():
    assert apart([member(0), member(1), member(2, confidence=0.8)]) == {}


def test_five_samples_differ_as_much_as_they_can():
    members = [member(number) for number in range(20)]
    members[7] = member(7, confidence=0.61)
    members[9] = member(9, confidence=0.79)
    members[12] = member(12, agent="b")

    assert samples(members) == ["chk_00", "chk_19", "chk_07", "chk_09", "chk_12"]
    assert samples(list(reversed(members))) == samples(members)


@pytest.mark.parametrize("count", [2, 3, 5, 6])
def test_a_small_group_is_sampled_as_far_as_it_goes(count):
    found = samples([member(number) for number in range(count)])
    assert len(set(found)) == len(found) == min(count, 5)
