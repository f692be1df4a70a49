from datetime import timedelta

import pytest
from django.utils import timezone

from m25console.templatetags.console import ago, duration, icon, out_of_hundred, percent, until


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "just now"),
        (42, "42 s ago"),
        (3 * 60 + 1, "3 min ago"),
        (89 * 60, "89 min ago"),
        (3 * 3600 + 1, "3 h ago"),
        (72 * 3600 + 1, "3 d ago"),
    ],
)
def test_ago_speaks_in_the_largest_sensible_unit(seconds: int, words: str) -> None:
    assert f">{words}<" in ago(timezone.now() - timedelta(seconds=seconds))


def test_until_speaks_of_what_is_to_come() -> None:
    assert ">in 30 d<" in until(timezone.now() + timedelta(days=30))


def test_ago_keeps_the_absolute_time_in_utc() -> None:
    moment = timezone.datetime(2026, 3, 1, 14, 0, tzinfo=timezone.get_fixed_timezone(120))

    assert 'datetime="2026-03-01T12:00:00Z"' in ago(moment)
    assert 'title="Sun 01 Mar 2026, 12:00:00 UTC"' in ago(moment)


def test_what_is_unknown_is_a_dash() -> None:
    assert "—" in ago(None)
    assert percent(None) == "—"
    assert duration(None) == "—"


def test_shares_are_percentages() -> None:
    assert percent(0.854) == "85%"
    assert percent(0.854, 1) == "85.4%"
    assert (out_of_hundred(0.5), out_of_hundred(7), out_of_hundred(None)) == (
        "50.0",
        "100.0",
        "0.0",
    )


def test_durations() -> None:
    assert [duration(0.85), duration(42), duration(timedelta(hours=3))] == ["850 ms", "42 s", "3 h"]


def test_icons_are_escaped() -> None:
    assert "<script" not in icon('"><script>')
