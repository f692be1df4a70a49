from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops.domain.forecast import Change, Peer, forecast, receivers

NOW = datetime(2026, 1, 28, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def change(magnitude: str, *, begun: float = 0, days: float | None = 7) -> Change:
    created = NOW - DAY * begun
    return Change(Decimal(magnitude), created, None if days is None else created + DAY * days)


def test_spec_58_every_day_is_the_line_between_begin_and_end() -> None:
    ahead = forecast([change("-0.20")], now=NOW)
    assert len(ahead.days) == 15
    totals = [day.total for day in ahead.days[:8]]
    for number, total in enumerate(totals):
        assert total == pytest.approx(Decimal("-0.20") * (7 - number) / 7, abs=Decimal("0.0005"))
    assert {day.total for day in ahead.days[7:]} == {0}


def test_stacked_changes_fade_each_on_its_own() -> None:
    ahead = forecast([change("-0.20", begun=3.5), change("-0.10"), change("0.05")], now=NOW)
    assert ahead.now.parts == (Decimal("-0.1000"), Decimal("-0.10"), Decimal("0.05"))
    assert (ahead.now.total, ahead.now.weight) == (Decimal("-0.15"), Decimal("0.85"))
    assert ahead.whole_again == NOW + 7 * DAY


def test_the_sum_never_passes_the_floor() -> None:
    ahead = forecast([change("-0.20") for _ in range(6)], now=NOW)
    assert (ahead.now.total, ahead.now.weight) == (Decimal("-0.80"), Decimal("0.20"))
    assert ahead.now.is_floored
    assert not ahead.days[3].is_floored
    assert ahead.lowest is ahead.now


def test_the_day_a_change_hardly_tells_is_known() -> None:
    assert change("-0.20").faint_at == NOW + DAY * 6.3
    assert change("-0.20", days=None).faint_at is None
    assert forecast([change("-0.20", days=None)], now=NOW).whole_again is None


def test_without_changes_the_agent_keeps_its_weight() -> None:
    ahead = forecast([], now=NOW)
    assert {day.weight for day in ahead.days} == {1}
    assert ahead.whole_again is None


def test_displaced_traffic_goes_where_traffic_goes() -> None:
    told = receivers([Peer("b", 100), Peer("c", 300, Decimal("-0.20")), Peer("idle", 0)])
    assert [(one.agent_id, one.share, one.is_penalised) for one in told] == [
        ("c", Decimal("0.7500"), True),
        ("b", Decimal("0.2500"), False),
    ]
    assert told[0].weight == Decimal("0.80")


def test_where_nobody_has_traffic_nobody_can_say() -> None:
    assert receivers([]) == []
    assert receivers([Peer("idle", 0)]) == []


@given(
    st.lists(
        st.tuples(
            st.decimals(min_value="-0.2", max_value="0.2", places=4),
            st.floats(min_value=0, max_value=7),
        ),
        max_size=12,
    )
)
def test_no_forecast_leaves_its_bounds(stacked: list[tuple[Decimal, float]]) -> None:
    ahead = forecast([change(str(size), begun=begun) for size, begun in stacked], now=NOW)
    for day in ahead.days:
        assert day.total >= Decimal("-0.80")
        assert day.weight >= Decimal("0.20")
        assert day.weight == 1 + day.total
