from datetime import UTC, datetime, timedelta
from fractions import Fraction

from loops.domain.evidence import START, Counts, added, counts_from, link, seal

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_counts_survive_json():
    known = Counts(preventions=2, attempts=3, last_prevention_at=NOW)
    assert counts_from(known.as_json()) == known


def test_rates_are_exact():
    found = Counts(preventions=1, attempts=3, regrets=3, evaluations=10).evidence()
    assert (found.prevention_rate, found.regret_rate) == (Fraction(1, 3), Fraction(3, 10))


def test_without_attempts_or_evaluations_rates_are_zero():
    found = Counts(regrets=5).evidence()
    assert (found.prevention_rate, found.regret_rate) == (0, 0)


def test_tenants_add_up_to_the_latest_moment():
    earlier = Counts(preventions=1, last_prevention_at=NOW - timedelta(days=1))
    both = added([earlier, Counts(preventions=2, last_prevention_at=NOW), Counts()])
    assert (both.preventions, both.last_prevention_at) == (3, NOW)
    assert added([]) == Counts()


def test_a_seal_depends_on_every_value_and_on_no_order():
    assert seal({"a": 1, "b": "x"}) == seal({"b": "x", "a": 1})
    assert seal({"a": 1, "b": "x"}) != seal({"a": 1, "b": "y"})


def test_a_link_depends_on_all_before_it():
    first, second = link(START, "one"), link(link(START, "one"), "two")
    assert link(link(START, "changed"), "two") != second
    assert first != second
