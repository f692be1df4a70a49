import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.confidence import (
    VERSION,
    AlreadyConfirmed,
    Band,
    RecoveryConfidence,
    add_confirmation,
    auto_applies,
    band,
    confirmations_required,
    recovery_confidence,
)

probabilities = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (0.85, Band.STRONG),
        (0.8499, Band.WEAK),
        (0.60, Band.WEAK),
        (0.5999, Band.NOVEL),
        (0.0, Band.NOVEL),
    ],
)
def test_spec_01_bands_include_their_lower_bound(confidence: float, expected: Band) -> None:
    assert band(confidence) is expected


@pytest.mark.parametrize(("seen", "final"), [(1, 0.70), (2, 0.80), (3, 0.90), (100, 0.90)])
def test_spec_02_a_strong_match_starts_at_seventy(seen: int, final: float) -> None:
    assert recovery_confidence(match_band=Band.STRONG, occurrences=seen).final == final


@pytest.mark.parametrize(("seen", "final"), [(0, 0.50), (1, 0.50), (2, 0.60), (3, 0.70)])
@pytest.mark.parametrize("match_band", [Band.WEAK, Band.NOVEL])
def test_spec_03_any_other_match_starts_at_fifty(match_band: Band, seen: int, final: float) -> None:
    assert recovery_confidence(match_band=match_band, occurrences=seen).final == final


def test_spec_04_the_base_argument_has_no_effect() -> None:
    given_base = recovery_confidence(match_band=Band.STRONG, occurrences=3, base_confidence=0.123)
    assert given_base == RecoveryConfidence(VERSION, 0.70, 3, 0.20, 0.90)


@pytest.mark.parametrize(
    ("confidence", "seen", "expected"),
    [(0.90, 3, True), (0.90, 2, False), (0.85, 3, True), (0.8499, 9, False)],
)
def test_spec_05_auto_apply_needs_a_strong_confidence_and_three_occurrences(
    confidence: float, seen: int, expected: bool
) -> None:
    assert auto_applies(confidence=confidence, occurrences=seen) is expected


@pytest.mark.parametrize(
    ("confidence", "people"), [(0.90, 0), (0.85, 0), (0.70, 1), (0.60, 1), (0.59, 2)]
)
def test_spec_06_the_band_says_how_many_people_must_confirm(confidence: float, people: int) -> None:
    assert confirmations_required(confidence) == people


def test_spec_07_a_weak_match_never_becomes_certain_enough_to_act_alone() -> None:
    often = recovery_confidence(match_band=Band.WEAK, occurrences=100).final
    assert often == 0.70
    assert band(often) is Band.WEAK
    assert confirmations_required(often) == 1
    assert not auto_applies(confidence=often, occurrences=100)


def test_spec_09_two_different_people_are_enough_for_two_confirmations() -> None:
    first = add_confirmation(confirmed_by=frozenset[str](), reviewer="ann", required=2)
    assert (first.enough, first.missing) == (False, 1)
    second = add_confirmation(confirmed_by=first.confirmed_by, reviewer="bob", required=2)
    assert (second.enough, second.missing) == (True, 0)


def test_spec_10_the_same_person_cannot_confirm_twice() -> None:
    with pytest.raises(AlreadyConfirmed, match="another person"):
        add_confirmation(confirmed_by=frozenset({"ann"}), reviewer="ann", required=2)


@pytest.mark.parametrize("outside", [-0.0001, 1.0001, float("nan"), float("inf")])
def test_a_confidence_outside_zero_to_one_is_an_error(outside: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        band(outside)


def test_a_pattern_cannot_have_been_seen_less_than_never() -> None:
    with pytest.raises(ValueError, match="negative"):
        recovery_confidence(match_band=Band.STRONG, occurrences=-1)


@given(probabilities)
def test_every_probability_has_a_band_that_its_stored_value_shares(confidence: float) -> None:
    assert band(confidence) is band(round(confidence, 4))


@given(probabilities, probabilities)
def test_more_confidence_never_needs_more_people(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert confirmations_required(high) <= confirmations_required(low)


@given(st.sampled_from(Band), st.integers(min_value=0, max_value=10_000))
def test_seeing_a_pattern_again_never_lowers_the_confidence(match_band: Band, seen: int) -> None:
    now = recovery_confidence(match_band=match_band, occurrences=seen).final
    after = recovery_confidence(match_band=match_band, occurrences=seen + 1).final
    assert now <= after <= 0.90
