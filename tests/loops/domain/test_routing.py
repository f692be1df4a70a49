from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.routing import (
    MAX_DELTA,
    NO_CHANGE,
    Adjustment,
    adjusts,
    clamp,
    desired_magnitude,
    effective_magnitude,
    floor_refusal,
    kpi_drop,
    must_roll_back,
    new_adjustment,
    rolled_back,
    success_share,
)
from loops.domain.states import AdjustmentType, FailureState, PolicyMode

CREATED = datetime(2026, 1, 28, 9, 30, tzinfo=UTC)


def adjustment(magnitude: str = "-0.20", *, decay_days: int = 7) -> Adjustment:
    return new_adjustment(
        agent_id="agent-1",
        magnitude=Decimal(magnitude),
        reason="Prevention: timeout",
        now=CREATED,
        decay_days=decay_days,
    )


def effective(one: Adjustment, *, after_days: float) -> Decimal:
    return effective_magnitude(
        magnitude=one.magnitude,
        is_active=one.is_active,
        created_at=one.created_at,
        expires_at=one.expires_at,
        now=CREATED + timedelta(days=after_days),
    )


@pytest.mark.parametrize(
    ("action", "magnitude"),
    [
        ("block", "-0.20"),
        ("route_away", "-0.20"),
        ("rate_limit", "-0.20"),
        ("escalate", "-0.10"),
        ("warn", "-0.05"),
        ("other", "-0.10"),
    ],
)
def test_spec_56_an_action_moves_weight_within_the_limit(action: str, magnitude: str) -> None:
    assert clamp(desired_magnitude(action)) == Decimal(magnitude)


def test_spec_57_a_gain_is_limited_too_and_is_a_weight_shift() -> None:
    gain = adjustment("0.50")
    assert gain.magnitude == Decimal("0.20")
    assert gain.adjustment_type is AdjustmentType.WEIGHT_SHIFT
    assert adjustment("-0.50").adjustment_type is AdjustmentType.CONFIDENCE_PENALTY


@pytest.mark.parametrize(("after_days", "left"), [(0, "-0.20"), (3.5, "-0.10"), (7, "0")])
def test_spec_58_an_adjustment_fades_in_a_straight_line(after_days: float, left: str) -> None:
    assert effective(adjustment(), after_days=after_days) == Decimal(left)


def test_spec_59_seven_days_may_cross_the_end_of_the_month() -> None:
    assert adjustment().expires_at == datetime(2026, 2, 4, 9, 30, tzinfo=UTC)


def test_spec_60_the_floor_itself_is_allowed() -> None:
    assert floor_refusal(agent_id="a", standing=Decimal("-0.60"), proposed=Decimal("-0.20")) is None


def test_spec_61_beyond_the_floor_is_refused() -> None:
    refusal = floor_refusal(agent_id="a", standing=Decimal("-0.80"), proposed=Decimal("-0.05"))
    assert refusal is not None
    assert refusal.failure_state is FailureState.ROUTING_GUARDRAIL_BLOCKED
    assert "-80%" in refusal.reason


@pytest.mark.parametrize(
    ("current", "drop", "undone"),
    [
        (0.90, "0.0526", False),
        (0.855, "0.1000", False),
        (0.85, "0.1053", True),
        (0.82, "0.1368", True),
    ],
)
def test_spec_62_a_kpi_more_than_a_tenth_lower_undoes_the_adjustment(
    current: float, drop: str, undone: bool
) -> None:
    lost = kpi_drop(baseline=0.95, current=current)
    assert lost is not None
    assert round(lost, 4) == Decimal(drop)
    assert must_roll_back(baseline=0.95, current=current) is undone


@pytest.mark.parametrize("baseline", [None, 0, 0.0])
def test_spec_63_without_a_baseline_nothing_is_undone(baseline: float | None) -> None:
    assert not must_roll_back(baseline=baseline, current=0.5)


def test_spec_64_an_agent_without_decisions_has_a_perfect_kpi() -> None:
    assert success_share(successes=0, decisions=0) == 1.0
    assert success_share(successes=2, decisions=3) == 0.6667


def test_spec_65_a_rolled_back_adjustment_has_no_effect_and_says_why() -> None:
    undone = rolled_back(adjustment(), reason="KPI fell")
    assert effective(undone, after_days=0) == 0
    assert (undone.is_active, undone.was_rolled_back) == (False, True)
    assert undone.rollback_reason == "KPI fell"


def test_a_missing_kpi_is_inconclusive() -> None:
    assert kpi_drop(baseline=0.95, current=None) is None
    assert not must_roll_back(baseline=0.95, current=None)


def test_an_adjustment_without_expiry_keeps_its_magnitude() -> None:
    lasting = adjustment(decay_days=0)
    assert lasting.expires_at is None
    assert effective(lasting, after_days=400) == Decimal("-0.20")


def test_giving_weight_back_is_never_refused() -> None:
    assert floor_refusal(agent_id="a", standing=Decimal("-0.95"), proposed=Decimal("0.05")) is None


@pytest.mark.parametrize("mode", PolicyMode)
def test_only_an_active_policy_adjusts_and_the_others_say_why_not(mode: PolicyMode) -> None:
    assert adjusts(mode) is (mode is PolicyMode.ACTIVE)
    assert adjusts(mode) is (mode not in NO_CHANGE)


def test_a_negative_limit_is_an_error() -> None:
    with pytest.raises(ValueError, match="negative"):
        clamp(Decimal("0.1"), max_delta=Decimal("-0.1"))


@given(st.decimals(min_value=-10, max_value=10, places=4))
def test_no_magnitude_passes_the_limit(magnitude: Decimal) -> None:
    allowed = clamp(magnitude)
    assert abs(allowed) <= MAX_DELTA
    assert allowed == magnitude or abs(magnitude) > MAX_DELTA


@given(st.floats(min_value=-1, max_value=8), st.floats(min_value=0, max_value=8))
def test_an_effect_only_ever_fades(after_days: float, later: float) -> None:
    before = effective(adjustment(), after_days=after_days)
    after = effective(adjustment(), after_days=after_days + later)
    assert Decimal("-0.20") <= before <= after <= 0
