from datetime import date
from decimal import Decimal

import pytest

from loops.domain.learning import Regret, added, days_to_fade, demotion_reason, faded


def after(*severities: int) -> list[Regret]:
    """The regret after each event."""
    regrets = [Regret()]
    for severity in severities:
        regrets.append(added(regrets[-1], severity=severity))
    return regrets[1:]


def test_spec_73_the_score_demotes_at_five():
    regrets = after(6, 3, 1)
    assert [one.score for one in regrets] == [Decimal("3.0"), Decimal("4.5"), Decimal("5.0")]
    assert [bool(demotion_reason(one)) for one in regrets] == [False, False, True]
    assert "score reached 5.0 of 5.0" in demotion_reason(regrets[-1])


def test_spec_74_one_outage_demotes_at_once():
    [regret] = after(10)
    assert regret.score == Decimal("5.0")
    assert demotion_reason(regret)


def test_spec_75_three_small_ones_demote_by_their_number():
    regrets = after(2, 2, 2)
    assert regrets[-1].score == Decimal("3.0")
    assert [bool(demotion_reason(one)) for one in regrets] == [False, False, True]
    assert "reported 3 times" in demotion_reason(regrets[-1])


def test_spec_76_a_tenth_fades_every_day():
    assert faded(Decimal("5.0"), days=1) == Decimal("4.5")
    assert faded(Decimal("5.0"), days=2) == Decimal("4.05")
    assert faded(Decimal("5.0"), days=0) == Decimal("5.0")


def test_days_caught_up_at_once_are_as_days_one_by_one():
    score = Decimal("4.5")
    for _ in range(40):
        score = faded(score, days=1)
    assert faded(Decimal("4.5"), days=40) == score


def test_every_score_ends_at_zero():
    assert faded(Decimal("99999.5"), days=400) == 0


def test_a_day_fades_once_and_none_backwards():
    assert days_to_fade(faded_on=date(2026, 3, 1), today=date(2026, 3, 4)) == 3
    assert days_to_fade(faded_on=date(2026, 3, 4), today=date(2026, 3, 1)) == 0


@pytest.mark.parametrize("severity", [0, 11, -1])
def test_severity_is_one_to_ten(severity):
    with pytest.raises(ValueError, match="outside 1 to 10"):
        added(Regret(), severity=severity)
