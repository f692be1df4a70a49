from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain import checkpoints
from loops.domain.checkpoints import (
    GOES_ON,
    MANDATORY,
    OPTIONS,
    Matched,
    Need,
    Routed,
    Suggested,
    contract,
    contract_digest,
    dismisses_itself,
    expires_at,
    is_enabled,
    needed,
    priority,
)
from loops.domain.confidence import Band
from loops.domain.recovery import suggest
from loops.domain.states import (
    CheckpointPriority,
    CheckpointType,
    PolicyMode,
    Resolution,
    Silence,
    Stage,
)

ASKED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
RECOVERY, ROUTING = CheckpointType.APPROVE_RECOVERY, CheckpointType.SIMULATE_ROUTING
GUARDRAIL = CheckpointType.OVERRIDE_GUARDRAIL


def suggested(*, match_band: Band = Band.STRONG, occurrences: int = 1) -> Suggested:
    suggestion = suggest(error_type="timeout", match_band=match_band, occurrences=occurrences)
    return Suggested("rec_1", suggestion, occurrences)


def routed(
    *,
    mode: PolicyMode = PolicyMode.ACTIVE,
    full_auto_routing: bool = False,
    agents: int = 1,
    floor_refusal: str | None = None,
) -> Routed:
    return Routed("pol_1", "Prevention: timeout", mode, full_auto_routing, agents, floor_refusal)


def need_at_match(confidence: float, **settings: bool) -> Need | None:
    return needed(
        stage=Stage.PATTERN_MATCHED, subject=Matched("pat_1", confidence), decided=[], **settings
    )


def need_at_recovery(subject: Suggested) -> Need | None:
    return needed(stage=Stage.RECOVERY_SUGGESTED, subject=subject, decided=[])


def need_at_routing(subject: Routed, *decided: CheckpointType) -> Need | None:
    answered = [(Stage.POLICY_GENERATED, one) for one in decided]
    return needed(stage=Stage.POLICY_GENERATED, subject=subject, decided=answered)


def test_spec_25_a_first_suggestion_asks_one_person_about_the_recovery() -> None:
    need = need_at_recovery(suggested())
    assert need is not None
    assert (need.checkpoint_type, need.stage) == (RECOVERY, Stage.RECOVERY_SUGGESTED)
    assert (need.target_id, need.approvals) == ("rec_1", 1)
    assert (need.confidence, need.band) == (0.70, Band.WEAK)
    assert need.sentence == (
        "Retry up to 3 times, 5 seconds apart? This remedy has 70% confidence, weak; its pattern "
        "was seen once. One person must agree."
    )


def test_spec_27_a_strong_suggestion_asks_nobody() -> None:
    assert need_at_recovery(suggested(occurrences=3)) is None


def test_spec_29_a_weak_match_asks_about_the_pattern() -> None:
    need = need_at_match(0.80)
    assert need is not None
    assert (need.checkpoint_type, need.target_id) == (RECOVERY, "pat_1")
    assert (need.stage, need.band) == (Stage.PATTERN_MATCHED, Band.WEAK)
    assert "80% confidence, weak" in need.sentence


def test_a_new_pattern_asks_nobody_about_the_match() -> None:
    assert need_at_match(1.0) is None


def test_settings_may_wave_weak_and_novel_matches_through() -> None:
    assert need_at_match(0.80, ask_when_weak=False) is None
    assert need_at_match(0.10, ask_when_novel=False) is None
    assert need_at_match(0.10, ask_when_weak=False) is not None


def test_a_novel_suggestion_asks_two_different_people() -> None:
    need = need_at_recovery(suggested(match_band=Band.WEAK))
    assert need is not None
    assert (need.approvals, need.band) == (2, Band.NOVEL)
    assert "Two different people" in need.sentence


def test_a_decision_already_taken_is_not_asked_again_at_its_stage_only() -> None:
    taken = [(Stage.RECOVERY_SUGGESTED, RECOVERY)]
    earlier = [(Stage.PATTERN_MATCHED, RECOVERY)]
    stage, subject = Stage.RECOVERY_SUGGESTED, suggested()
    assert needed(stage=stage, subject=subject, decided=taken) is None
    assert needed(stage=stage, subject=subject, decided=earlier) is not None


def test_routing_asks_until_full_auto_routing_is_earned() -> None:
    need = need_at_routing(routed(agents=2))
    assert need is not None
    assert (need.checkpoint_type, need.target_id) == (ROUTING, "pol_1")
    assert "2 agents" in need.sentence
    assert need_at_routing(routed(), ROUTING) is None
    assert need_at_routing(routed(full_auto_routing=True)) is None


def test_spec_61_a_refusing_guardrail_asks_for_an_override() -> None:
    refused = routed(full_auto_routing=True, floor_refusal="Agent a stands at -80%.")
    need = need_at_routing(refused)
    assert need is not None
    assert need.checkpoint_type is GUARDRAIL
    assert "Agent a stands at -80%." in need.sentence
    assert need_at_routing(refused, GUARDRAIL) is None


@pytest.mark.parametrize("mode", [PolicyMode.SHADOW, PolicyMode.PENDING, PolicyMode.DISABLED])
def test_a_policy_that_is_not_active_asks_nothing_about_routing(mode: PolicyMode) -> None:
    assert need_at_routing(routed(mode=mode)) is None


def test_a_policy_without_affected_agents_asks_nothing_about_routing() -> None:
    assert need_at_routing(routed(agents=0)) is None


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [(0.70, CheckpointPriority.HIGH), (0.95, CheckpointPriority.ADVISORY)],
)
def test_spec_94_what_is_nearly_certain_is_advisory(
    confidence: float, expected: CheckpointPriority
) -> None:
    policy = CheckpointType.APPROVE_POLICY
    assert priority(checkpoint_type=policy, confidence=confidence) is expected


@pytest.mark.parametrize(
    ("asked", "hours", "dismissed"),
    [(ROUTING, 48.0, False), (ROUTING, 48.1, True), (GUARDRAIL, 100.0, False)],
)
def test_spec_95_only_low_decisions_dismiss_themselves_after_two_days(
    asked: CheckpointType, hours: float, dismissed: bool
) -> None:
    urgency = priority(checkpoint_type=asked, confidence=None)
    now = ASKED_AT + timedelta(hours=hours)
    after = {"created_at": ASKED_AT, "now": now, "checkpoint_type": asked}
    assert dismisses_itself(priority=urgency, **after) is dismissed


def test_a_tenants_override_of_the_priority_comes_first() -> None:
    urgency = priority(
        checkpoint_type=RECOVERY, confidence=0.99, overrides={"approve_recovery": "critical"}
    )
    assert urgency is CheckpointPriority.CRITICAL


@pytest.mark.parametrize("asked", CheckpointType)
def test_every_type_has_options_some_of_which_go_on_and_some_do_not(asked: CheckpointType) -> None:
    assert set(OPTIONS[asked]) & GOES_ON
    assert set(OPTIONS[asked]) - GOES_ON
    assert asked in checkpoints.DEFAULT_PRIORITY


def test_every_answer_is_offered_somewhere_and_every_priority_has_a_target() -> None:
    offered = {option for options in OPTIONS.values() for option in options}
    assert offered == set(Resolution) - {Resolution.EXPIRED}
    assert set(checkpoints.DECIDE_WITHIN) == set(CheckpointPriority)


@pytest.mark.parametrize("asked", CheckpointType)
def test_neither_silence_nor_a_setting_ends_a_mandatory_decision(asked: CheckpointType) -> None:
    mandatory = asked in MANDATORY
    assert is_enabled(checkpoint_type=asked, enabled=[]) is mandatory
    long_ago = {"created_at": ASKED_AT, "now": ASKED_AT + timedelta(days=99)}
    low = CheckpointPriority.LOW
    assert dismisses_itself(priority=low, checkpoint_type=asked, **long_ago) is not mandatory


def test_only_what_lapses_by_silence_expires() -> None:
    expiring = {one for one in Silence if expires_at(silence=one, created_at=ASKED_AT)}
    assert expiring == {Silence.LAPSE}
    lapses = expires_at(silence=Silence.LAPSE, created_at=ASKED_AT)
    assert lapses == ASKED_AT + timedelta(hours=48)


def agreed(**subject: Any) -> dict[str, Any]:
    return contract(
        checkpoint_type=RECOVERY, target_id="rec_1", confidence=0.7, approvals=1, subject=subject
    )


def test_a_contract_names_what_is_decided_and_the_answers_offered() -> None:
    assert agreed(action_type="retry") == {
        "checkpoint_type": "approve_recovery",
        "target_id": "rec_1",
        "confidence": 0.7,
        "band": "weak_match",
        "approvals": 1,
        "options": ["apply", "reject", "defer"],
        "subject": {"action_type": "retry"},
    }


def test_a_contract_changes_its_digest_when_the_action_changes() -> None:
    before = agreed(action_type="retry", params={"max_retries": 3})
    after = agreed(action_type="retry", params={"max_retries": 30})
    assert contract_digest(before) != contract_digest(after)


@given(st.dictionaries(st.text(), st.integers() | st.text(), min_size=2))
def test_a_contracts_digest_does_not_depend_on_the_order_of_its_fields(
    subject: dict[str, Any],
) -> None:
    turned = dict(reversed(subject.items()))
    assert contract_digest(agreed(s=subject)) == contract_digest(agreed(s=turned))
