from datetime import UTC, datetime, timedelta

import pytest

from loops.domain.kpi import (
    MIN_DECISIONS,
    KpiVerdict,
    Reading,
    hour_of,
    judge,
    measured_from,
    share_words,
)

SINCE = datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("current", "verdict"),
    [(0.96, "success"), (0.90, "success"), (0.855, "success"), (0.85, "failed"), (0.0, "failed")],
)
def test_a_drop_of_more_than_a_tenth_fails(current: float, verdict: str) -> None:
    judged = judge(baseline=0.95, current=current, decisions=412, since=SINCE)
    assert judged.verdict == verdict


def test_the_verdict_names_every_figure_it_rests_on() -> None:
    judged = judge(baseline=0.95, current=0.82, decisions=1412, since=SINCE)
    assert judged.sentence == (
        "Success share 0.95 → 0.82 over 1,412 decisions since 2026-01-31 09:00 UTC: "
        "a drop of 13.68%, limit 10%."
    )


def test_a_rise_is_told_without_a_drop() -> None:
    assert "no drop" in judge(baseline=0.5, current=0.6, decisions=20, since=SINCE).sentence


@pytest.mark.parametrize(
    ("baseline", "current", "why"),
    [
        (None, 0.5, "No baseline"),
        (0.95, None, "7 of the 20 decisions needed"),
        (0.0, 0.5, "baseline is zero"),
    ],
)
def test_a_missing_figure_is_inconclusive(
    baseline: float | None, current: float | None, why: str
) -> None:
    judged = judge(baseline=baseline, current=current, decisions=7, since=SINCE)
    assert judged.verdict is KpiVerdict.INCONCLUSIVE
    assert why in judged.sentence


def test_a_share_of_too_few_decisions_is_missing() -> None:
    assert Reading(decisions=MIN_DECISIONS - 1, successes=0).share is None
    assert Reading(decisions=MIN_DECISIONS, successes=19).share == 0.95


def test_the_hour_of_the_change_counts_for_neither_side() -> None:
    made = SINCE + timedelta(minutes=20)
    assert hour_of(made) == SINCE
    assert measured_from(created_at=made, now=made) == SINCE + timedelta(hours=1)
    later = made + timedelta(days=3)
    assert measured_from(created_at=made, now=later) == later - timedelta(days=1)


@pytest.mark.parametrize(
    ("share", "words"), [(1.0, "1.00"), (0.95, "0.95"), (0.8214, "0.8214"), (0.5, "0.50")]
)
def test_a_share_is_told_with_two_decimals_or_more(share: float, words: str) -> None:
    assert share_words(share) == words
