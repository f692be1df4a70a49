from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from loops.domain.graduation import Evidence, Previous, Standing, next_action, share, standing
from loops.domain.states import Capability, GateKey, GraduationLevel

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
ALL = {GateKey.PREVENTION: True, GateKey.ROLLBACK: True, GateKey.TIMELINE: True}
COMPLETE = Evidence(
    preventions=10,
    prevention_rate=Fraction("0.60"),
    demotions=2,
    regret_rate=Fraction("0.08"),
    views=5,
    last_prevention_at=NOW,
)


def prevented(times: int, *, of: int, **others: object) -> Evidence:
    known = Evidence(
        preventions=times,
        prevention_rate=share(times, of),
        last_prevention_at=NOW if times else None,
    )
    return replace(known, **others)


def stand(evidence: Evidence, *, previous: Previous | None = None) -> Standing:
    return standing(evidence, previous=previous, now=NOW)


def scores(found: Standing) -> list[float]:
    return [gate.score for gate in found.gates.values()]


def was(level: GraduationLevel, **gates: bool) -> Previous:
    return Previous(level, {GateKey(key): passed for key, passed in gates.items()})


def test_spec_78_without_evidence_it_is_alpha():
    found = stand(Evidence())
    assert (found.level, found.label) == (GraduationLevel.ALPHA, "M25-ALPHA (0/3 gates)")
    assert scores(found) == [0, 0.5, 0]


def test_spec_79_one_of_one_prevented_is_beta():
    found = stand(prevented(1, of=1))
    assert (found.level, scores(found)[0]) == (GraduationLevel.BETA, 0.55)


def test_spec_80_half_prevented_is_beta_and_a_third_is_not():
    half, third = stand(prevented(1, of=2)), stand(prevented(1, of=3))
    assert (half.level, scores(half)[0]) == (GraduationLevel.BETA, 0.3625)
    assert (third.level, scores(third)[0]) == (GraduationLevel.ALPHA, 0.2583)


def test_spec_81_rollback_and_timeline_alone_are_alpha():
    found = stand(Evidence(demotions=1, views=1))
    assert (found.level, found.label) == (GraduationLevel.ALPHA, "M25-ALPHA (2/3 gates)")


def test_spec_82_prevention_and_timeline_are_beta():
    found = stand(prevented(1, of=1, views=1))
    assert (found.level, found.label) == (GraduationLevel.BETA, "M25-BETA (2/3 gates)")


@pytest.mark.parametrize(
    ("regrets", "level"), [(3000, GraduationLevel.CANDIDATE), (3001, GraduationLevel.BETA)]
)
def test_spec_83_three_regrets_in_ten_are_just_bearable(regrets, level):
    rate = share(regrets, 10_000)
    assert stand(prevented(1, of=1, demotions=1, regret_rate=rate)).level is level


def test_spec_84_all_three_gates_are_complete():
    found = stand(COMPLETE)
    assert (found.level, found.label) == (GraduationLevel.COMPLETE, "M25-COMPLETE (Loop-Proven)")
    assert scores(found) == [0.875, 0.70, 1.0]
    assert found.unlocked == frozenset(Capability)


def test_spec_85_a_prevention_rate_of_five_percent_degrades():
    found = stand(prevented(1, of=20), previous=was(GraduationLevel.BETA, prevention=True))
    assert (found.level, found.degraded_from) == (GraduationLevel.DEGRADED, GraduationLevel.BETA)
    assert found.reason == "The prevention rate fell to 5%, below 30%."
    assert found.label == "M25-DEGRADED (was BETA)"


def test_spec_86_a_rate_of_thirty_percent_degrades_by_the_gate_it_loses():
    evidence = prevented(3, of=10)
    known = stand(evidence, previous=was(GraduationLevel.BETA, prevention=True))
    unknown = stand(evidence, previous=was(GraduationLevel.BETA))
    assert known.level is GraduationLevel.DEGRADED
    assert known.reason == "The prevention gate passed before and fails now."
    assert unknown.level is GraduationLevel.ALPHA


def test_spec_87_a_regret_rate_above_half_degrades_and_exactly_half_loses_the_gate():
    before = was(GraduationLevel.CANDIDATE, prevention=True, rollback=True)
    evidence = prevented(1, of=1, demotions=1)
    high = stand(replace(evidence, regret_rate=Fraction("0.55")), previous=before)
    half = replace(evidence, regret_rate=Fraction("0.50"))
    assert high.reason == "The regret rate rose to 55%, above 50%."
    assert stand(half, previous=before).reason == "The rollback gate passed before and fails now."
    unknown = stand(half, previous=was(GraduationLevel.CANDIDATE))
    assert unknown.level is GraduationLevel.BETA


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (timedelta(days=15), GraduationLevel.DEGRADED),
        (timedelta(days=14, hours=5), GraduationLevel.COMPLETE),
    ],
)
def test_spec_88_more_than_fourteen_whole_days_without_a_prevention_degrade(age, level):
    evidence = replace(COMPLETE, last_prevention_at=NOW - age)
    assert stand(evidence, previous=Previous(GraduationLevel.COMPLETE, ALL)).level is level


def test_spec_89_alpha_has_nothing_to_lose():
    found = stand(Evidence(), previous=was(GraduationLevel.ALPHA, rollback=True))
    assert (found.level, found.degraded_from) == (GraduationLevel.ALPHA, None)


def test_spec_90_good_evidence_ends_the_degradation():
    before = Previous(GraduationLevel.DEGRADED, {}, GraduationLevel.COMPLETE)
    found = stand(prevented(5, of=8), previous=before)
    assert (found.level, found.degraded_from) == (GraduationLevel.BETA, None)


def test_spec_91_degraded_locks_all_three_capabilities_whatever_gates_pass():
    stale = replace(COMPLETE, last_prevention_at=NOW - timedelta(days=15))
    found = stand(stale, previous=Previous(GraduationLevel.COMPLETE, ALL))
    assert found.passed == 3
    assert found.unlocked == frozenset()


def test_a_further_loss_keeps_the_level_before_the_first():
    before = Previous(GraduationLevel.DEGRADED, {}, GraduationLevel.CANDIDATE)
    assert stand(prevented(1, of=20), previous=before).degraded_from is GraduationLevel.CANDIDATE


def test_each_gate_unlocks_its_own_capability():
    beta = stand(prevented(1, of=1))
    rollback = stand(Evidence(demotions=1))
    assert beta.unlocked == {Capability.AUTO_APPLY_RECOVERY}
    assert rollback.unlocked == {Capability.AUTO_ACTIVATE_POLICY}


def test_the_next_action_says_what_is_missing():
    assert next_action(stand(Evidence())).startswith("Waiting for a prevention")
    assert next_action(stand(prevented(1, of=1))).startswith("Waiting for a rollback")
    assert next_action(stand(prevented(1, of=1, demotions=1))).startswith("Waiting for a view")
    assert next_action(stand(COMPLETE)).startswith("Graduated")
    lost = stand(prevented(1, of=20), previous=was(GraduationLevel.BETA))
    assert next_action(lost) == "Degraded: The prevention rate fell to 5%, below 30%."
