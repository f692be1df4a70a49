from datetime import UTC, datetime

import pytest

from loops.domain.asking import Rules, allowed_priorities, faults_of
from loops.domain.checkpoints import MANDATORY, Need
from loops.domain.states import CheckpointPriority, CheckpointType, Stage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def need(kind: CheckpointType, *, sure: float | None = None, advice: bool = False) -> Need:
    return Need(
        kind, Stage.PATTERN_MATCHED, "x_1", "Do it?", confidence=sure, advice_suffices=advice
    )


RECOVERY = CheckpointType.APPROVE_RECOVERY


def test_a_likeness_may_be_mere_advice_where_its_tenant_says_how_sure_is_enough() -> None:
    likeness = need(RECOVERY, sure=0.8, advice=True)
    assert not Rules().settles(likeness)
    assert Rules(auto_approve_confidence=0.8).settles(likeness)
    assert Rules(priority_overrides={"approve_recovery": "advisory"}).settles(likeness)


@pytest.mark.parametrize("kind", CheckpointType)
def test_no_confidence_and_no_rule_stand_in_for_a_persons_agreement(kind: CheckpointType) -> None:
    eager = Rules(auto_approve_confidence=0.6, priority_overrides={kind: "advisory"})
    asked = need(kind, sure=0.99)
    assert not eager.settles(asked)
    if kind not in MANDATORY:
        assert Rules(auto_approve_confidence=0.6).priority_of(asked) != "advisory"
        assert eager.priority_of(asked) is CheckpointPriority.LOW


def test_spec_94_a_policy_asks_under_the_tenants_rules() -> None:
    policy = CheckpointType.APPROVE_POLICY
    assert Rules().priority_of(need(policy, sure=0.70)) is CheckpointPriority.HIGH
    assert Rules().priority_of(need(policy, sure=0.95)) is CheckpointPriority.ADVISORY
    assert Rules().expiry(need(policy, sure=0.95), created_at=NOON) is None


def test_what_is_in_force_is_kept_with_the_question() -> None:
    routing = need(CheckpointType.SIMULATE_ROUTING)
    assert Rules(auto_dismiss_after_hours=5).in_force(routing) == {
        "priority": "low",
        "priority_is_override": False,
        "silence": "lapse",
        "escalates_after_minutes": None,
        "dismissed_after_hours": 5,
        "quiet_hours": None,
        "is_mandatory": False,
        "approvals": 1,
        "is_blind": False,
    }
    revert = Rules().in_force(need(CheckpointType.REVERT_LOOP))
    assert (revert["escalates_after_minutes"], revert["dismissed_after_hours"]) == (15, None)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"enabled_types": ["approve_recovery"]}, "enabled_types"),
        ({"priority_overrides": {"revert_loop": "low"}}, "priority_overrides"),
        ({"priority_overrides": {"simulate_routing": "advisory"}}, "priority_overrides"),
        ({"auto_approve_confidence": 0.59}, "auto_approve_confidence"),
        ({"auto_dismiss_after_hours": 0}, "auto_dismiss_after_hours"),
        ({"max_pending_checkpoints": 0}, "max_pending_checkpoints"),
    ],
)
def test_rules_that_would_silence_people_are_faults(fields: dict[str, object], wrong: str) -> None:
    assert list(faults_of(Rules(**fields))) == [wrong]  # type: ignore[arg-type]
    assert faults_of(Rules()) == {}


def test_what_only_people_may_answer_never_gets_a_priority_that_lapses() -> None:
    for kind in MANDATORY:
        assert CheckpointPriority.LOW not in allowed_priorities(kind)


@pytest.mark.parametrize("kind", CheckpointType)
def test_silence_is_never_a_yes_and_mandatory_questions_never_lapse(kind: CheckpointType) -> None:
    meant = {
        told: Rules(silence={kind: told}).silence_of(need(kind)).value
        for told in ("wait", "escalate", "lapse")
    }
    assert meant == {"wait": "wait", "escalate": "escalate"} | {
        "lapse": "escalate" if kind in MANDATORY else "lapse"
    }
    assert ("silence" in faults_of(Rules(silence={kind: "lapse"}))) == (kind in MANDATORY)
    assert "silence" in faults_of(Rules(silence={kind: "approve"}))


def test_quiet_hours_that_cannot_be_are_refused() -> None:
    assert "quiet_hours" in faults_of(Rules(quiet_hours={"days": [1]}))
    night = {"days": [0], "starts": "22:00", "ends": "06:00", "zone": "Europe/Berlin"}
    assert faults_of(Rules(quiet_hours=night)) == {}
    told = Rules(quiet_hours=night).in_force(need(RECOVERY))
    assert told["quiet_hours"] == "Mon, 22:00 to 06:00 (Europe/Berlin)"
