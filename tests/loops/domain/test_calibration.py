from loops.domain.calibration import (
    Outcome,
    Reliability,
    Thresholds,
    brier,
    has_moved,
    in_use,
    is_due,
    is_false_positive,
    reliability,
    thresholds,
)
from loops.domain.confidence import Band


def outcomes(confidence: float, *, right: int, wrong: int = 0) -> list[Outcome]:
    return [Outcome(confidence, True)] * right + [Outcome(confidence, False)] * wrong


def test_the_lowest_threshold_that_still_passes_is_taken():
    known = outcomes(0.95, right=10) + outcomes(0.76, right=9, wrong=1)
    assert thresholds(known) == Thresholds(strong=0.70, weak=0.50)


def test_the_way_down_ends_at_the_first_failure():
    # From 0.80 on: 10 of 20 right. Further down 30 of 40 would be, but nobody looks there.
    known = outcomes(0.96, right=10) + outcomes(0.80, right=0, wrong=10)
    known += outcomes(0.70, right=200)
    assert thresholds(known).strong == 0.85


def test_empty_buckets_are_passed_over():
    assert thresholds(outcomes(0.72, right=20)).strong == 0.70
    assert thresholds([]) == Thresholds()


def test_where_nothing_passes_the_thresholds_of_the_frozen_version_stay():
    assert thresholds(outcomes(0.95, right=1, wrong=9)) == Thresholds(0.85, 0.60)


def test_exactly_nine_in_ten_are_enough():
    assert thresholds(outcomes(0.95, right=9, wrong=1)).strong == 0.70
    assert thresholds(outcomes(0.95, right=89, wrong=11)).strong == 0.85


def test_thresholds_are_used_from_twenty_outcomes_on():
    found = Thresholds(0.70, 0.50)
    assert in_use(found, total=19) == Thresholds()
    assert in_use(found, total=20) == found


def test_they_are_computed_after_every_ten():
    assert [total for total in range(31) if is_due(total)] == [10, 20, 30]


def test_a_wrong_confidence_is_a_false_yes_from_a_half_on():
    assert is_false_positive(Outcome(0.5, False))
    assert not is_false_positive(Outcome(0.49, False))
    assert not is_false_positive(Outcome(0.9, True))


def test_the_brier_score_is_the_mean_squared_error():
    assert brier([]) is None
    assert brier([Outcome(0.9, True), Outcome(0.9, False)]) == 0.41
    assert brier([Outcome(1.0, True)]) == 0.0


def test_reliability_is_told_per_band_and_not_below_five():
    told = reliability(outcomes(0.9, right=14, wrong=5) + outcomes(0.7, right=4))
    assert told[Band.STRONG].in_words == "verified right 14 of 19 times"
    assert told[Band.WEAK].in_words == "checked 4 times, too few to say"
    assert told[Band.NOVEL] == Reliability(0, 0)
    assert told[Band.NOVEL].in_words == "never checked yet"


def test_a_threshold_has_moved_beyond_a_twentieth():
    assert not has_moved(0.90)
    assert not has_moved(0.80)
    assert has_moved(0.75)
